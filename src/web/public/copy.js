/** Copies the text of a field; whether it worked. The modern way is for https and localhost only, so the old one follows. */
export async function copyText (field) {
  field.select()
  try {
    await navigator.clipboard.writeText(field.value)
    return true
  } catch {
    return document.execCommand('copy')
  }
}
