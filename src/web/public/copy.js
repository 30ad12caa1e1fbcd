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
