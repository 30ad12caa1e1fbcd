// Small improvements on every page. Everything works without them.
import { copyText } from './copy.js'
import { LOCALE, say } from './words.js'

document.documentElement.classList.add('has-script')

/** Converts times from UTC to the reader's time zone. */
export function localizeTimes (root) {
  for (const time of root.querySelectorAll('time[datetime]')) {
    const date = new Date(time.dateTime)
    time.textContent = date.toLocaleString(LOCALE, { dateStyle: 'medium', timeStyle: 'short' })
    time.title = time.dateTime
  }
}

localizeTimes(document)

/** The text of a field, or a text that is shown nowhere. */
async function copy ({ copy: id, copyText: text }) {
  if (id !== undefined) return copyText(document.getElementById(id))
  const field = Object.assign(document.createElement('textarea'), { value: text, className: 'visually-hidden' })
  document.body.append(field)
  const isCopied = await copyText(field)
  field.remove()
  return isCopied
}

// `data-copy` names the field whose text a button copies.
document.addEventListener('click', async ({ target }) => {
  const button = target.closest('button[data-copy], button[data-copy-text]')
  if (button === null) return
  const isCopied = await copy(button.dataset)
  const label = button.dataset.label ??= button.textContent
  button.textContent = say(isCopied ? 'site.copied' : 'site.pressKeys')
  button.classList.toggle('is-done', isCopied)
  setTimeout(() => {
    button.textContent = label
    button.classList.remove('is-done')
  }, 2500)
})
