/** Copies a text that stands in no field; returns whether it worked. */
export async function copyPlain (text) {
  const field = Object.assign(document.createElement('textarea'), { value: text, className: 'visually-hidden' })
  document.body.append(field)
  const isCopied = await copyText(field)
  field.remove()
  return isCopied
}

/** Copies the text of a field; returns whether it worked. The modern way works only with https and on localhost, so the old one follows. */
export async function copyText (field) {
  field.select()
  try {
    await navigator.clipboard.writeText(field.value)
    return true
  } catch {
    return document.execCommand('copy')
  }
}
