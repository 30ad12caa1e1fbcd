import { readQuery } from '../http/query.ts'

/** Of a form, as much of it as has come, the fields that stand there as plain text. */
export function paramsIn (bytes: Buffer, type: string): ReadonlyMap<string, string> {
  const text = bytes.toString('utf8')
  if (!/^\s*multipart\//i.test(type)) return readQuery(text)
  const fields = new Map<string, string>()
  const lines = text.split('\n').map(line => line.endsWith('\r') ? line.slice(0, -1) : line)
  let name: string | undefined
  // The last line may go on.
  for (let i = 0; i < lines.length - 1; i++) {
    name = FIELD_NAME.exec(lines[i] ?? '')?.[1] ?? name
    if (name === undefined || lines[i] !== '' || i + 1 === lines.length - 1) continue
    fields.set(name.toLowerCase(), lines[++i] ?? '')
    name = undefined
  }
  return fields
}

const FIELD_NAME = /;\s*name="?([^"\r\n;]+)/i
