// Files shared from this browser without an account: only the browser remembers them.

import { ask } from './question.js'
import { agoText } from './times.js'
import { say } from './words.js'

const KEY = 'respace.recent'
const MOST = 50

function read () {
  try {
    const list = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(list) ? list : []
  } catch {
    return []
  }
}

function write (list) {
  // A browser may forbid storage; then nothing is remembered.
  try {
    localStorage.setItem(KEY, JSON.stringify(list.slice(0, MOST)))
  } catch {}
}

/** Puts a card's file at the top of the list. */
export function remember ({ dataset: { file, name, page, edit } }) {
  write([{ file, name, page, edit, at: Date.now() }, ...read().filter(entry => entry.file !== file)])
}

export const forget = file => { write(read().filter(entry => entry.file !== file)) }

/** The list holds the only links with which its files can be changed: it asks first. */
export async function forgetAll () {
  const isSure = await ask({ title: say('recent.askAll'), sentence: say('recent.askSentence', { count: read().length }), yes: say('recent.clear'), no: say('recent.cancel') })
  if (isSure) write([])
}

/** Fills the section, or hides it when the list is empty. */
export function showRecent (section) {
  const list = read()
  section.hidden = list.length === 0
  section.querySelector('#recent-list').replaceChildren(...list.map(entry => rowOf(entry, section)))
}

function rowOf ({ file, name, page, edit, at }, section) {
  const row = document.createElement('li')
  const link = Object.assign(document.createElement('a'), { href: page, textContent: name, className: 'grow' })
  const small = document.createElement('small')
  const time = Object.assign(document.createElement('time'), { dateTime: new Date(at).toISOString(), textContent: agoText(at) })
  time.dataset.ago = ''
  small.append(time)
  const change = Object.assign(document.createElement('a'), { href: edit, textContent: say('recent.change') })
  change.setAttribute('aria-label', say('recent.changeFile', { name }))
  const button = Object.assign(document.createElement('button'), { type: 'button', className: 'bare', textContent: say('recent.forget') })
  button.setAttribute('aria-label', say('recent.forgetFile', { name }))
  button.addEventListener('click', async () => {
    const isSure = await ask({ title: say('recent.askOne', { name }), sentence: say('recent.askLink'), yes: say('recent.forget'), no: say('recent.cancel') })
    if (isSure) forget(file)
    showRecent(section)
  })
  row.append(link, small, change, button)
  return row
}

for (const { dataset } of document.querySelectorAll('[data-deleted]')) forget(dataset.deleted)
