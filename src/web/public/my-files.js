/** Keyboard shortcuts and dragging on the page of a user's files; its form works without them, too. */
import { LOCALE, say } from './words.js'

const form = document.querySelector('#my-files')
const rows = [...form?.querySelectorAll('tbody tr') ?? []]
const boxOf = row => row.querySelector('input[type=checkbox]')
const press = act => form.querySelector(`[name=act][value=${act}]`).click()

const KEYS = {
  ArrowDown: row => focus(rows[rows.indexOf(row) + 1]),
  ArrowUp: row => focus(rows[rows.indexOf(row) - 1]),
  Home: () => focus(rows[0]),
  End: () => focus(rows.at(-1)),
  Enter: row => row.querySelector('a').click(),
  Delete: row => { boxOf(row).checked = true; press('delete') },
  F2: row => { choose(row); form.elements.name.value = row.querySelector('a').textContent; form.elements.name.select() }
}

const focus = row => row && boxOf(row).focus()

/** Selects the rows for which `isWanted` holds, and no others. */
function tick (isWanted) {
  for (const row of rows) boxOf(row).checked = isWanted(row)
  tellChosen()
}

const choose = row => { tick(each => each === row) }

/** How many are selected, of how many on all pages: items on other pages are never selected. */
function tellChosen () {
  const all = Number(form.dataset.total)
  const count = rows.filter(row => boxOf(row).checked).length
  chooseAll.checked = count === rows.length
  chooseAll.indeterminate = count > 0 && count < rows.length
  const number = value => value.toLocaleString(LOCALE)
  const key = count === rows.length && count < all ? 'my.chosenHere' : 'my.chosen'
  document.querySelector('#chosen').textContent = count === 0 ? '' : say(key, { count: number(count), all: number(all) })
}

const chooseAll = document.querySelector('#choose-all')
chooseAll?.addEventListener('change', () => { tick(() => chooseAll.checked) })
form?.addEventListener('change', event => { if (event.target !== chooseAll) tellChosen() })
// Browsers restore the boxes when the user returns to the page.
if (form) addEventListener('pageshow', tellChosen)

document.addEventListener('keydown', event => {
  if (event.altKey || event.metaKey) return
  const isTyping = event.target.matches('input:not([type=checkbox]), select, textarea')
  if (event.key === '/' && !isTyping) {
    event.preventDefault()
    document.querySelector('[type=search]').focus()
    return
  }
  const row = event.target.matches('#my-files tbody input[type=checkbox]') && event.target.closest('tr')
  if (!row) return
  if (event.ctrlKey && event.key === 'a') {
    event.preventDefault()
    tick(() => true)
  } else if (!event.ctrlKey && KEYS[event.key]) {
    event.preventDefault()
    KEYS[event.key](row)
  }
})

/** Enter in the field of the new name renames, regardless of the order of buttons. */
form?.elements.name.addEventListener('keydown', event => {
  if (event.key !== 'Enter') return
  event.preventDefault()
  press('rename')
})

let dragged
for (const row of rows) {
  row.draggable = true
  row.addEventListener('dragstart', event => {
    dragged = row
    if (!boxOf(row).checked) choose(row)
    event.dataTransfer.effectAllowed = 'move'
    event.dataTransfer.setData('text/plain', row.querySelector('a').textContent)
  })
  row.addEventListener('dragend', () => { dragged = undefined })
  const [, folder] = /^folder_(\w+)$/.exec(boxOf(row).name) ?? []
  if (folder) receive(row, folder)
}
for (const link of document.querySelectorAll('.crumbs a')) receive(link, new URL(link.href).searchParams.get('folder') ?? '0')

/** Moves dragged items into the folder they are dropped on. */
function receive (element, folder) {
  const isFor = () => dragged && !element.querySelector('input')?.checked && element !== dragged
  element.addEventListener('dragover', event => {
    if (!isFor()) return
    event.preventDefault()
    element.classList.add('is-target')
  })
  element.addEventListener('dragleave', () => element.classList.remove('is-target'))
  element.addEventListener('drop', event => {
    if (!isFor()) return
    event.preventDefault()
    form.elements.target.value = folder
    press('move')
  })
}
