/** The list of one's own files: its rows, what is selected, and forms for some of them. */
import { sizeText } from './amounts.js'
import { localizeTimes } from './times.js'
import { LOCALE, say } from './words.js'

/** Its content is replaced when files have come; the element stays. */
export const list = document.querySelector('#my-list')
const announcer = document.querySelector('#announcer')

export const formOf = () => list.querySelector('#my-files')
export const rows = () => [...list.querySelectorAll('tbody tr')]
export const boxOf = row => row.querySelector('input[type=checkbox]')
export const linkOf = row => row.querySelector('.entry a')
export const nameOf = row => linkOf(row).textContent
export const isFolder = row => boxOf(row).name.startsWith('folder_')
export const idOf = row => boxOf(row).name.replace(/^\w+?_/, '')
export const isPublic = row => row.querySelector('.tag') !== null
export const chosenRows = () => rows().filter(row => boxOf(row).checked)
export const rowOf = element => element.closest?.('#my-list tbody tr') ?? undefined
const number = value => value.toLocaleString(LOCALE)

/** Selects the rows for which `isWanted` holds, and no others. */
export function tick (isWanted) {
  for (const row of rows()) boxOf(row).checked = isWanted(row)
  tellChosen()
}

/** Where a range begins, by the name of its box: rows are replaced. */
let anchor

/** Selects a row alone, or with those that were. */
export function choose (row, { isAdded = false } = {}) {
  anchor = boxOf(row).name
  if (!isAdded) return tick(each => each === row)
  boxOf(row).checked = !boxOf(row).checked
  tellChosen()
}

/** Selects what lies between the row that was chosen last and this one. */
export function chooseRange (row) {
  const all = rows()
  const from = all.findIndex(each => boxOf(each).name === anchor)
  const to = all.indexOf(row)
  if (from === -1) return choose(row)
  tick(each => all.indexOf(each) >= Math.min(from, to) && all.indexOf(each) <= Math.max(from, to))
}

/** A box that was clicked by itself begins a range, too. */
export const startRange = row => { anchor = boxOf(row).name }

/** How many are selected, of how many on all pages, and how large they are: items on other pages are never selected. */
export function tellChosen () {
  const form = formOf()
  if (form === null) return
  const chosen = chosenRows()
  const all = Number(form.dataset.total)
  const chooseAll = form.querySelector('#choose-all')
  chooseAll.checked = chosen.length === rows().length
  chooseAll.indeterminate = chosen.length > 0 && !chooseAll.checked
  const key = chooseAll.checked && chosen.length < all ? 'my.chosenHere' : 'my.chosen'
  const size = chosen.reduce((sum, row) => sum + Number(row.dataset.size ?? 0), 0)
  const parts = [say(key, { count: number(chosen.length), all: number(all) }), ...chosen.every(isFolder) ? [] : [sizeText(size)]]
  const text = chosen.length === 0 ? '' : parts.join(' · ')
  form.querySelector('#chosen').textContent = text
  announcer.textContent = text
  const bulk = form.querySelector('#bulk')
  bulk.classList.toggle('is-on', chosen.length > 0)
  bulk.querySelector('[data-ask=rename]').hidden = chosen.length !== 1
  bulk.querySelector('[value=share]').hidden = !chosen.some(row => isFolder(row) && !isPublic(row))
  bulk.querySelector('[value=unshare]').hidden = !chosen.some(row => isFolder(row) && isPublic(row))
  for (const row of rows()) row.classList.toggle('is-chosen', boxOf(row).checked)
}

export const announce = text => { announcer.textContent = text }

/** The fields that name rows in a form. */
export function itemsOf (some) {
  return some.map(row => Object.assign(document.createElement('input'), { type: 'hidden', name: boxOf(row).name, value: '1' }))
}

/** Sends the form of the list for these rows only. */
export function send (act, some, fields = {}) {
  const form = formOf().cloneNode(false)
  const hidden = ([name, value]) => Object.assign(document.createElement('input'), { type: 'hidden', name, value })
  form.append(...[...formOf().querySelectorAll(':scope > input[type=hidden]')].map(field => field.cloneNode()), ...itemsOf(some), ...Object.entries({ ...fields, ...act === 'mail' ? {} : { act } }).map(hidden))
  if (act === 'mail') form.action = formOf().querySelector('[data-act=mail]').formAction
  form.hidden = true
  document.body.append(form)
  form.submit()
}

/** Opens the dialog that asks for a new name or a target for these rows. `typed` is a name that was not possible. */
export function ask (act, some, typed) {
  const dialog = document.querySelector(`#${act}-dialog`)
  dialog.querySelector('.items').replaceChildren(...itemsOf(some))
  dialog.querySelector('.about-items').textContent = some.length === 1 ? nameOf(some[0]) : say('my.items', { count: number(some.length) })
  if (act === 'move') offerTargets(dialog.querySelector('select'))
  dialog.showModal()
  if (act !== 'rename') return
  const field = dialog.querySelector('[name=name]')
  const name = typed ?? nameOf(some[0])
  field.value = name
  // What follows the last dot is seldom meant.
  field.setSelectionRange(0, isFolder(some[0]) || name.lastIndexOf('.') < 1 ? name.length : name.lastIndexOf('.'))
}

/** All folders, of which one where they are not yet is chosen. */
function offerTargets (select) {
  select.replaceChildren(...formOf().elements.target.cloneNode(true).children)
  select.selectedIndex = Math.max(0, [...select.options].findIndex(({ value }) => value !== list.dataset.folder))
}

/** Shows the list as it is now: what is selected stays, and so does the focus. */
export async function refresh () {
  const answer = await fetch(document.location.href).catch(() => undefined)
  // The login, when the session has ended: the page says so as soon as something is done.
  if (!answer?.ok || answer.redirected) return
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  const next = page.querySelector('#my-list')
  if (next === null) return
  const before = rows().map(row => boxOf(row).name)
  const chosen = new Set(chosenRows().map(row => boxOf(row).name))
  const focused = rowOf(document.activeElement)
  const focusedBox = focused && boxOf(focused).name
  const focusedPart = focused && [...focused.querySelectorAll('a, button, input')].indexOf(document.activeElement)
  list.replaceChildren(...document.adoptNode(next).childNodes)
  localizeTimes(list)
  prepare()
  for (const row of rows()) {
    if (before.length > 0 && !before.includes(boxOf(row).name)) row.classList.add('arrives')
    if (boxOf(row).name === focusedBox) row.querySelectorAll('a, button, input')[focusedPart]?.focus({ preventScroll: true })
  }
  tick(row => chosen.has(boxOf(row).name))
}

/** What rows need from scripts. */
function prepare () {
  for (const row of rows()) row.draggable = true
  for (const picture of list.querySelectorAll('.thumb img')) if (picture.complete && picture.naturalWidth === 0) picture.remove()
}

// Below a picture that cannot be had is the kind of the file.
list.addEventListener('error', ({ target }) => { if (target.matches('.thumb img')) target.remove() }, { capture: true })

prepare()
const refused = list.querySelector('#bulk [name=name][aria-invalid]')
if (refused && chosenRows().length === 1) ask('rename', chosenRows(), refused.value)
// Browsers restore the boxes when the user returns to the page.
addEventListener('pageshow', tellChosen)

list.addEventListener('change', ({ target }) => {
  if (target.id === 'choose-all') tick(() => target.checked)
  else if (target.matches('tbody input')) tellChosen()
})

list.addEventListener('click', event => {
  const { target } = event
  const asking = target.closest('[data-ask]')
  if (asking) return ask(asking.dataset.ask, chosenRows())
  if (target.closest('#choose-none')) return tick(() => false)
  const row = rowOf(target)
  if (!row) return
  const isLink = target.closest('a') !== null
  if (event.shiftKey && !target.closest('button')) {
    event.preventDefault()
    // A box that is clicked gets its old state back after the default is prevented.
    setTimeout(() => { chooseRange(row) })
  } else if (target === boxOf(row)) startRange(row)
  else if (!isLink && !target.closest('button')) choose(row, { isAdded: event.ctrlKey || event.metaKey || event.pointerType === 'touch' })
})

// A range is not a selection of text.
list.addEventListener('mousedown', event => { if (event.shiftKey && rowOf(event.target)) event.preventDefault() })

document.addEventListener('click', ({ target }) => { if (target.closest('dialog [data-close]')) target.closest('dialog').close() })
