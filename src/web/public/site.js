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

// `data-copy` names the field whose text a button copies.
document.addEventListener('click', async ({ target }) => {
  const button = target.closest('button[data-copy]')
  if (button === null) return
  const isCopied = await copyText(document.getElementById(button.dataset.copy))
  const label = button.dataset.label ??= button.textContent
  button.textContent = say(isCopied ? 'site.copied' : 'site.pressKeys')
  button.classList.toggle('is-done', isCopied)
  setTimeout(() => {
    button.textContent = label
    button.classList.remove('is-done')
  }, 2500)
})
