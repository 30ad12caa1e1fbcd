/** Files for a file request: gathered from chooser, drops and the clipboard, and sent as resumable uploads. Without this script the browser sends the form itself. */
import { sizeText } from './amounts.js'
import { askAboutHidden, filesOfChooser, filesOfDrop, filesOfPaste, takeDrops } from './incoming-files.js'
import { createProgress } from './upload-progress.js'
import { createQueue } from './upload-queue.js'
import { LOCALE, say } from './words.js'

const form = document.querySelector('#request')
const { userfile: chooser, request_password: password } = form.elements
const announcer = document.querySelector('#announcer')
const list = document.querySelector('#gathered')
/** How many files the request still takes, if it counts them. */
const left = document.querySelector('#files-left')

/** Most rows of the list before the upload. */
const MOST_ROWS = 20

/** The id of this visit: its files become one mail. */
const visit = [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('')

const progress = createProgress(document.querySelector('#progress'))
const queue = createQueue({
  endpoint: `${form.action}/tus`,
  largest: Number(form.dataset.maxSize),
  fields: () => [['visit', visit], ['description', form.elements.description.value], ...password ? [['request_password', password.value]] : []],
  onChange () {
    progress.show(queue.uploads)
    if (!queue.isBusy()) finish()
  }
})

/** What goes with the next click: there may be a password or a note to type first. */
let gathered = []

function gather (files) {
  gathered.push(...files)
  showGathered()
}

function showGathered () {
  list.hidden = gathered.length === 0
  list.replaceChildren(...gathered.slice(0, MOST_ROWS).map(rowOf))
  if (gathered.length > MOST_ROWS) list.append(Object.assign(document.createElement('li'), { textContent: say('upload.others', { count: gathered.length - MOST_ROWS }) }))
  requireFiles()
}

function rowOf (each) {
  const { file, path } = each
  const row = document.createElement('li')
  const button = Object.assign(document.createElement('button'), { type: 'button', className: 'bare', textContent: say('upload.leaveOut') })
  button.setAttribute('aria-label', say('upload.leaveOutFile', { name: file.name }))
  button.addEventListener('click', () => {
    gathered = gathered.filter(other => other !== each)
    showGathered()
    chooser.focus()
  })
  row.append(
    Object.assign(document.createElement('span'), { className: 'grow', textContent: path === '' ? file.name : `${path}/${file.name}` }),
    Object.assign(document.createElement('small'), { textContent: sizeText(file.size) }), button
  )
  return row
}

async function finish () {
  const arrived = queue.uploads.filter(({ state }) => state === 'done').length
  tellPassword()
  if (left) left.textContent = Math.max(0, left.dataset.left - arrived).toLocaleString(LOCALE)
  if (arrived === 0) return
  // Others may still be tried again, and belong to the same mail. If this does not arrive, its owner gets it a little later.
  if (queue.uploads.some(({ state, retry }) => state === 'failed' && retry !== undefined)) return tellArrived(arrived)
  await fetch(`${form.action}/done?visit=${visit}`, { method: 'POST' }).catch(() => undefined)
  if (arrived === queue.uploads.length) document.location.assign(`${form.action}?done=${arrived}`)
  else tellArrived(arrived)
}

function tellArrived (arrived) {
  announcer.className = 'msg'
  announcer.textContent = say('upload.arrived', { count: arrived, all: queue.uploads.length })
}

/** Files that failed for a wrong password are sent again with the next click. */
const locked = () => queue.uploads.filter(({ status }) => status === 401)

/** Without a file there is nothing to send. */
function requireFiles () { chooser.required = gathered.length === 0 && locked().length === 0 }

function tellPassword () {
  const [first] = locked()
  requireFiles()
  if (!password) return
  markPassword(first?.reason)
  if (first) password.select()
}

/** Its error is shown at its field, too. */
function markPassword (problem) {
  document.querySelector('#request_password_problem')?.remove()
  password.ariaInvalid = String(problem !== undefined)
  if (problem === undefined) return
  password.after(Object.assign(document.createElement('span'), { className: 'hint wrong', id: 'request_password_problem', textContent: problem }))
  password.setAttribute('aria-describedby', 'request_password_problem')
}

password?.addEventListener('input', () => { markPassword(undefined) })
chooser.addEventListener('change', () => { gather(filesOfChooser(chooser)) })
takeDrops({
  async take (transfer) {
    const { files, unreadable } = await filesOfDrop(transfer)
    gather(await askAboutHidden(files))
    queue.addUnreadable(unreadable)
  }
})
document.addEventListener('paste', event => {
  if (!event.target.closest?.('input:not([type=file]), textarea, select')) gather(filesOfPaste(event.clipboardData))
})
form.addEventListener('submit', event => {
  event.preventDefault()
  for (const upload of locked()) upload.retry()
  queue.add(gathered)
  gathered = []
  showGathered()
})
document.querySelector('#cancel-all').addEventListener('click', () => { queue.cancelAll() })
addEventListener('beforeunload', event => { if (queue.isBusy()) event.preventDefault() })
// On a slow connection files may be chosen before this script has loaded.
gather(filesOfChooser(chooser))
