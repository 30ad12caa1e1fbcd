/** Shows how far the files of a request have come; without it the browser sends the form itself. */
import { durationText, sizeText } from './amounts.js'
import { say } from './words.js'

const form = document.querySelector('#request')
const sending = form.querySelector('#sending')
const [bar, state] = [sending.querySelector('progress'), sending.querySelector('[role=status]')]
const button = form.querySelector('[type=submit]')

form.addEventListener('submit', event => {
  event.preventDefault()
  const tooLarge = [...form.elements.userfile.files].find(file => file.size > Number(form.dataset.maxSize))
  sending.hidden = false
  if (tooLarge) {
    state.textContent = `${tooLarge.name}: ${say('upload.tooLarge')}`
    return
  }
  const request = new XMLHttpRequest()
  const startedAt = performance.now()
  request.open('POST', form.action)
  request.upload.addEventListener('progress', ({ loaded, total }) => {
    const speed = loaded / (performance.now() - startedAt) * 1000
    bar.value = loaded / total
    const amount = say('upload.progress', { sent: sizeText(loaded), size: sizeText(total) })
    state.textContent = loaded === total ? say('upload.finishing') : `${amount} · ${say('upload.left', { time: durationText((total - loaded) / speed) })}`
  })
  // The page that it was answered with takes the place of this one.
  request.addEventListener('load', () => {
    if (request.status === 200) document.location.assign(request.responseURL)
    else fail(new DOMParser().parseFromString(request.responseText, 'text/html').querySelector('.msg.error')?.textContent ?? say('upload.refused'))
  })
  request.addEventListener('error', () => { fail(say('upload.broken')) })
  button.disabled = true
  request.send(new FormData(form))
})

function fail (reason) {
  button.disabled = false
  bar.value = 0
  state.textContent = reason
}
