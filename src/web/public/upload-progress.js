/**
 * Shows uploads: a bar for each that runs, waits next or has failed, and one for all of them, also in the title of the tab. Finished ones
 * are replaced by their cards. Of thousands only some have a row, and it is drawn a few times a second.
 */
import { durationText, sizeText } from './amounts.js'
import { LOCALE, say } from './words.js'

/** Rows of a state, at most. */
const MOST_ROWS = { sending: 10, waiting: 2, failed: 20, cancelled: 10 }
/** Milliseconds between two drawings. A frame would not come while the tab is hidden. */
const PAUSE = 100
/** Milliseconds over which the speed is measured. */
const WINDOW = 5000

export function createProgress (section) {
  const list = section.querySelector('#uploads')
  const bar = section.querySelector('#total-bar')
  const state = section.querySelector('#total-state')
  const retryAll = section.querySelector('#retry-all')
  const close = section.querySelector('#close-uploads')
  const rest = section.querySelector('#other-uploads')
  const rows = new Map()
  const speedOf = createSpeed()
  const { title } = document
  let uploads = []
  let timer

  retryAll.addEventListener('click', () => { for (const upload of uploads.filter(canRetry)) upload.retry() })

  close.addEventListener('click', () => {
    for (const upload of uploads) upload.isClosed = !isUnderWay(upload)
    draw()
  })

  function rowOf (upload) {
    if (rows.has(upload)) return rows.get(upload)
    const row = document.createElement('li')
    const name = Object.assign(document.createElement('span'), { className: 'name', textContent: upload.file.name, title: pathOf(upload) })
    const button = Object.assign(document.createElement('button'), { type: 'button', className: 'bare' })
    const progress = Object.assign(document.createElement('progress'), { max: 1, value: 0 })
    progress.setAttribute('aria-label', upload.file.name)
    const said = Object.assign(document.createElement('span'), { className: 'state' })
    row.append(name, button, progress, said)
    button.addEventListener('click', () => { isUnderWay(upload) ? upload.cancel() : upload.retry() })
    rows.set(upload, { row, button, progress, said })
    return rows.get(upload)
  }

  function drawRow (upload) {
    const { row, button, progress, said } = rowOf(upload)
    row.classList.toggle('is-failed', upload.state === 'failed')
    button.textContent = say(isUnderWay(upload) ? 'upload.cancel' : 'upload.again')
    button.setAttribute('aria-label', say(isUnderWay(upload) ? 'upload.cancelFile' : 'upload.againFile', { name: upload.file.name }))
    button.hidden = !isUnderWay(upload) && upload.retry === undefined
    progress.hidden = !isUnderWay(upload)
    progress.value = shareOf(upload.sent, upload.file.size)
    said.textContent = (upload.path === '' ? '' : `${upload.path} · `) + textOf(upload)
    return row
  }

  function draw () {
    timer = undefined
    const left = { ...MOST_ROWS }
    const open = uploads.filter(isOpen)
    const shown = open.filter(upload => left[upload.state]-- > 0)
    for (const [upload, { row }] of rows) {
      if (shown.includes(upload)) continue
      row.remove()
      rows.delete(upload)
    }
    for (const [i, upload] of shown.entries()) {
      const row = drawRow(upload)
      if (list.children[i] !== row) list.insertBefore(row, list.children[i] ?? null)
    }
    const others = open.length - shown.length
    rest.hidden = others === 0
    rest.textContent = say('upload.others', { count: others.toLocaleString(LOCALE) })
    drawTotal()
  }

  function drawTotal () {
    const active = uploads.filter(isUnderWay)
    const counted = uploads.filter(upload => isUnderWay(upload) || upload.state === 'done')
    section.hidden = !uploads.some(isOpen)
    close.hidden = active.length > 0
    section.querySelector('.total').hidden = active.length === 0
    section.querySelector('#cancel-all').hidden = active.length < 2
    retryAll.hidden = uploads.filter(canRetry).length < 2
    const size = sum(counted, upload => upload.file.size)
    const sent = sum(counted, upload => upload.state === 'done' ? upload.file.size : upload.sent)
    bar.value = shareOf(sent, size)
    const done = counted.length - active.length
    const files = counted.length < 2 ? '' : `${say('upload.files', { done: done.toLocaleString(LOCALE), all: counted.length.toLocaleString(LOCALE) })} · `
    state.textContent = files + stateText(sent, size, speedOf(sent, active.length > 0))
    document.title = active.length === 0 ? title : `${new Intl.NumberFormat(LOCALE, { style: 'percent' }).format(Math.floor(100 * shareOf(sent, size)) / 100)} · ${title}`
  }

  return {
    show (all) {
      uploads = all
      timer ??= setTimeout(draw, PAUSE)
    }
  }
}

const isUnderWay = ({ state }) => state === 'waiting' || state === 'sending'
/** Whether it is shown: a closed one has ended. */
const isOpen = ({ state, isClosed }) => state !== 'done' && !isClosed
const canRetry = ({ state, retry, isClosed }) => state === 'failed' && retry !== undefined && !isClosed
const pathOf = ({ path, file }) => path === '' ? file.name : `${path}/${file.name}`
const sum = (uploads, amount) => uploads.reduce((total, upload) => total + amount(upload), 0)
const shareOf = (part, whole) => whole === 0 ? 0 : part / whole

/** Bytes per second in the last seconds, 0 when nothing runs: small files end before one of them tells a speed. */
function createSpeed () {
  let samples = []
  return (sent, isRunning) => {
    const now = performance.now()
    // Cancelled ones are no longer counted.
    if (!isRunning || sent < samples.at(-1)?.sent) samples = []
    if (!isRunning) return 0
    samples = [...samples.filter(({ at }) => now - at < WINDOW), { at: now, sent }]
    const [first] = samples
    return now - first.at > 200 ? (sent - first.sent) * 1000 / (now - first.at) : 0
  }
}

/** Bytes per second of an upload since it began. */
function speedOfOne ({ sent, startedAt }) {
  const seconds = (performance.now() - startedAt) / 1000
  return seconds > 0.2 ? sent / seconds : 0
}

function textOf (upload) {
  const { file, sent, state, reason } = upload
  if (state === 'waiting') return `${sizeText(file.size)} · ${say('upload.waiting')}`
  if (state !== 'sending') return reason
  if (upload.isBroken) return `${say('upload.progress', { sent: sizeText(sent), size: sizeText(file.size) })} · ${say('upload.waitsForNet')}`
  if (sent >= file.size) return `${sizeText(file.size)} · ${say('upload.finishing')}`
  return stateText(sent, file.size, speedOfOne(upload))
}

function stateText (sent, size, speed) {
  const amount = say('upload.progress', { sent: sizeText(sent), size: sizeText(size) })
  return speed > 0 ? `${amount} · ${sizeText(speed)}/s · ${say('upload.left', { time: durationText((size - sent) / speed) })}` : amount
}
