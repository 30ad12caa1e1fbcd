/** Keys in the list of one's own files: they work wherever the focus is in a row. */
import { ask, boxOf, choose, chooseRange, chosenRows, formOf, linkOf, list, nameOf, rowOf, rows, send, startRange, tick } from './my-list.js'
import { openMenu } from './my-menu.js'

/** Milliseconds after which typing begins another name. */
const PAUSE = 800

const isGrid = () => formOf().querySelector('.as-grid') !== null

/** Rows side by side in a grid; 1 in a list. */
function columns () {
  if (!isGrid()) return 1
  const tops = rows().map(row => row.getBoundingClientRect().top)
  return tops.filter(top => top === tops[0]).length
}

/** Moves the focus to a row, to the same part of it, and with `isRange` selects what lies between. */
function go (row, from, isRange) {
  if (row === undefined) return
  const part = from && document.activeElement === linkOf(from) ? linkOf(row) : boxOf(row)
  if (isRange && chosenRows().length === 0 && from) choose(from)
  part.focus()
  part.scrollIntoView({ block: 'nearest' })
  if (isRange) chooseRange(row)
}

const nearby = (row, step) => rows()[Math.min(rows().length - 1, Math.max(0, rows().indexOf(row) + step))]
/** What a key is about: what is selected, else the row with the focus. */
const meant = row => chosenRows().length > 0 ? chosenRows() : [row]

const KEYS = {
  ArrowDown: (row, isRange) => { go(nearby(row, columns()), row, isRange) },
  ArrowUp: (row, isRange) => { go(nearby(row, -columns()), row, isRange) },
  ArrowRight: (row, isRange) => { if (isGrid()) go(nearby(row, 1), row, isRange) },
  ArrowLeft: (row, isRange) => { if (isGrid()) go(nearby(row, -1), row, isRange) },
  Home: (row, isRange) => { go(rows()[0], row, isRange) },
  End: (row, isRange) => { go(rows().at(-1), row, isRange) },
  ' ': row => { choose(row, { isAdded: true }) },
  Enter: row => { linkOf(row).click() },
  Delete: row => { send('delete', meant(row)) },
  F2: row => { ask('rename', [row]) },
  ContextMenu: row => { openMenu(row) }
}

let typed = ''
let typedAt = -Infinity

/** Goes to the next row whose name begins with what is typed. */
function find (key, row) {
  const now = performance.now()
  typed = (now - typedAt < PAUSE ? typed : '') + key.toLowerCase()
  typedAt = now
  const all = rows()
  // The first letter looks further down; more of the same name may stay where it is.
  const start = all.indexOf(row) + (typed.length === 1 ? 1 : 0)
  const found = [...all.slice(start), ...all.slice(0, start)].find(each => nameOf(each).toLowerCase().startsWith(typed))
  if (found) go(found, row, false)
}

const isFinding = () => performance.now() - typedAt < PAUSE

document.addEventListener('keydown', event => {
  const { key, target } = event
  const isCommand = event.ctrlKey || event.metaKey
  if (event.altKey || event.defaultPrevented || target.closest('dialog, [role=menu]') || target.matches('input:not([type=checkbox]), select, textarea')) return
  if (isCommand && key === 'z') return document.querySelector('#undo')?.click()
  if (isCommand && key !== 'a') return
  if (key === '/') {
    event.preventDefault()
    document.querySelector('[type=search]').focus()
  } else if (key === 'Escape') tick(() => false)
  else if (list.contains(target) && rows().length > 0) inList(event, rowOf(target), isCommand)
})

function inList (event, row, isCommand) {
  const { key, target } = event
  if (isCommand) {
    event.preventDefault()
    return tick(() => true)
  }
  // A button and a link do what they do everywhere.
  if ((key === 'Enter' && target.matches('a, button')) || (key === ' ' && target.matches('button')) || target.closest('summary')) return
  if (row === undefined) {
    if (key !== 'ArrowDown' || !target.closest('thead')) return
    event.preventDefault()
    return go(rows()[0], undefined, false)
  }
  if (key === 'F10' && event.shiftKey) {
    event.preventDefault()
    return openMenu(row)
  }
  const isText = key.length === 1 && (key !== ' ' || isFinding())
  if (!isText && !KEYS[key]) return
  event.preventDefault()
  if (isText) find(key, row)
  else KEYS[key](row, event.shiftKey)
}

list.addEventListener('focusin', ({ target }) => { if (target.matches('tbody input') && chosenRows().length === 0) startRange(rowOf(target)) })
