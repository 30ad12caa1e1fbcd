/** Sends the files of a file request as resumable uploads; without this script the browser sends the form itself. */
import { filesOfChooser } from './incoming-files.js'
import { createProgress } from './upload-progress.js'
import { createQueue } from './upload-queue.js'
import { say } from './words.js'

const form = document.querySelector('#request')
const { userfile: chooser, request_password: password } = form.elements
const announcer = document.querySelector('#announcer')

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

async function finish () {
  const arrived = queue.uploads.filter(({ state }) => state === 'done').length
  tellPassword()
  if (arrived === 0) return
  announcer.className = 'msg'
  announcer.textContent = say('upload.arrived', { count: arrived, all: queue.uploads.length })
  // If this does not arrive, their owner gets the mail a little later.
  await fetch(`${form.action}/done?visit=${visit}`, { method: 'POST' }).catch(() => undefined)
  if (arrived === queue.uploads.length) document.location.assign(`${form.action}?done=${arrived}`)
}

/** Files that failed for a wrong password are sent again with the next click. */
const locked = () => queue.uploads.filter(({ status }) => status === 401)

function tellPassword () {
  const [first] = locked()
  chooser.required = first === undefined
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
form.addEventListener('submit', event => {
  event.preventDefault()
  for (const upload of locked()) upload.retry()
  queue.add(filesOfChooser(chooser))
})
document.querySelector('#cancel-all').addEventListener('click', () => { queue.cancelAll() })
addEventListener('beforeunload', event => { if (queue.isBusy()) event.preventDefault() })
