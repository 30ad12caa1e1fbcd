/** Shows uploads: a bar for each file and one for all of them. Finished ones are replaced by their cards. */
import { durationText, sizeText } from './amounts.js'
import { say } from './words.js'

export function createProgress (section) {
  const list = section.querySelector('#uploads')
  const bar = section.querySelector('#total-bar')
  const state = section.querySelector('#total-state')
  const rows = new Map()

  function rowOf (upload) {
    if (rows.has(upload)) return rows.get(upload)
    const row = document.createElement('li')
    const name = Object.assign(document.createElement('span'), { className: 'name', textContent: upload.file.name, title: upload.file.name })
    const button = Object.assign(document.createElement('button'), { type: 'button', className: 'bare' })
    const progress = Object.assign(document.createElement('progress'), { max: 1, value: 0 })
    progress.setAttribute('aria-label', upload.file.name)
    const said = Object.assign(document.createElement('span'), { className: 'state' })
    row.append(name, button, progress, said)
    button.addEventListener('click', () => { isUnderWay(upload) ? upload.cancel() : upload.retry() })
    list.append(row)
    rows.set(upload, { row, button, progress, said })
    return rows.get(upload)
  }

  return {
    show (uploads) {
      for (const upload of uploads) {
        const { row, button, progress, said } = rowOf(upload)
        row.hidden = upload.state === 'done'
        row.classList.toggle('is-failed', upload.state === 'failed')
        button.textContent = say(isUnderWay(upload) ? 'upload.cancel' : 'upload.again')
        button.setAttribute('aria-label', say(isUnderWay(upload) ? 'upload.cancelFile' : 'upload.againFile', { name: upload.file.name }))
        button.hidden = !isUnderWay(upload) && upload.retry === undefined
        progress.hidden = !isUnderWay(upload)
        progress.value = shareOf(upload.sent, upload.file.size)
        said.textContent = textOf(upload)
      }
      const active = uploads.filter(isUnderWay)
      const counted = uploads.filter(upload => isUnderWay(upload) || upload.state === 'done')
      section.hidden = uploads.every(({ state }) => state === 'done')
      section.querySelector('.total').hidden = active.length === 0
      section.querySelector('#cancel-all').hidden = active.length < 2
      const size = sum(counted, upload => upload.file.size)
      const sent = sum(counted, upload => upload.state === 'done' ? upload.file.size : upload.sent)
      bar.value = shareOf(sent, size)
      state.textContent = stateText(sent, size, sum(active, speedOf))
    }
  }
}

const isUnderWay = ({ state }) => state === 'waiting' || state === 'sending'
const sum = (uploads, amount) => uploads.reduce((total, upload) => total + amount(upload), 0)
const shareOf = (part, whole) => whole === 0 ? 0 : part / whole

/** Bytes per second since it began. */
function speedOf ({ state, sent, startedAt }) {
  const seconds = (performance.now() - startedAt) / 1000
  return state === 'sending' && seconds > 0.2 ? sent / seconds : 0
}

function textOf (upload) {
  const { file, sent, state, reason } = upload
  if (state === 'waiting') return `${sizeText(file.size)} · ${say('upload.waiting')}`
  if (state !== 'sending') return reason
  if (upload.isBroken) return `${say('upload.progress', { sent: sizeText(sent), size: sizeText(file.size) })} · ${say('upload.waitsForNet')}`
  if (sent >= file.size) return `${sizeText(file.size)} · ${say('upload.finishing')}`
  return stateText(sent, file.size, speedOf(upload))
}

function stateText (sent, size, speed) {
  const amount = say('upload.progress', { sent: sizeText(sent), size: sizeText(size) })
  return speed > 0 ? `${amount} · ${sizeText(speed)}/s · ${say('upload.left', { time: durationText((size - sent) / speed) })}` : amount
}
