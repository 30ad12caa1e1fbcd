// Small improvements on every page. Everything works without them.
import { copyPlain, copyText } from './copy.js'
import { keepTimesRight } from './times.js'
import { say } from './words.js'

document.documentElement.classList.add('has-script')

keepTimesRight()

// `data-copy` names the field whose text a button copies, `data-copy-text` is a text that stands in none.
document.addEventListener('click', async ({ target }) => {
  const button = target.closest('button[data-copy], button[data-copy-text]')
  if (button === null) return
  const { copy: id, copyText: text } = button.dataset
  const isCopied = await (id === undefined ? copyPlain(text) : copyText(document.getElementById(id)))
  const label = button.dataset.label ??= button.textContent
  button.textContent = say(isCopied ? 'site.copied' : 'site.pressKeys')
  button.classList.toggle('is-done', isCopied)
  setTimeout(() => {
    button.textContent = label
    button.classList.remove('is-done')
  }, 2500)
})

// The menu of languages closes like any menu.
const languages = document.querySelector('.languages')
document.addEventListener('click', ({ target }) => { if (!languages.contains(target)) languages.open = false })
languages.addEventListener('keydown', ({ key }) => {
  if (key !== 'Escape') return
  languages.open = false
  languages.querySelector('summary').focus()
})
