/** Bodies of forms, well-formed or as careless clients write them. */

/** A header block, and the content. */
export type Part = readonly [headers: string, content: Buffer | string]

/** A multipart body with the given line breaks and end. */
export function formBody (boundary: string, parts: readonly Part[], breaks = '\r\n', end = '--'): Buffer {
  const chunks = parts.flatMap(([headers, content]) =>
    [Buffer.from(`--${boundary}${breaks}${headers}${breaks}${breaks}`), Buffer.from(content), Buffer.from(breaks)])
  return Buffer.concat([...chunks, Buffer.from(`--${boundary}${end}${breaks}`)])
}

export const filePart = (name: string, content: Buffer | string, field = 'userfile'): Part =>
  [`Content-Disposition: form-data; name="${field}"; filename="${name}"\r\nContent-Type: application/octet-stream`, content]

export const fieldPart = (name: string, value: string): Part => [`Content-Disposition: form-data; name="${name}"`, value]
