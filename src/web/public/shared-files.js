// A public folder: selected files are added up, pictures, sound and film open in place.
import { sizeText } from './amounts.js'
import { LOCALE, say } from './words.js'

const form = document.getElementById('files')
const boxes = [...form?.querySelectorAll('input[name=file]') ?? []]
const chooseAll = document.getElementById('choose-all')
const button = form?.querySelector('.toolbar button')

function tellChosen () {
  const chosen = boxes.filter(({ checked }) => checked)
  const size = chosen.reduce((sum, { dataset }) => sum + Number(dataset.size), 0)
  document.getElementById('chosen').textContent = chosen.length === 0 ? '' : say('share.chosen', { count: chosen.length.toLocaleString(LOCALE), size: sizeText(size) })
  button.disabled = chosen.length === 0
  if (chooseAll === null) return
  chooseAll.checked = chosen.length === boxes.length
  chooseAll.indeterminate = chosen.length > 0 && chosen.length < boxes.length
}

if (form !== null) {
  chooseAll?.addEventListener('change', () => {
    for (const box of boxes) box.checked = chooseAll.checked
    tellChosen()
  })
  form.addEventListener('change', tellChosen)
  addEventListener('pageshow', tellChosen)
  tellChosen()
}

// The icon of the file's kind is below a picture that there is not.
for (const picture of document.querySelectorAll('.thumbnail img')) picture.addEventListener('error', () => { picture.remove() })

const items = [...document.querySelectorAll('[data-view]')]
let at = 0
let dialog

document.addEventListener('click', event => {
  const link = event.target.closest?.('[data-view]')
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
  event.preventDefault()
  open(items.indexOf(link))
})

function open (index) {
  at = index
  dialog ??= createDialog()
  show()
  if (!dialog.open) dialog.showModal()
}

const ELEMENTS = { image: 'img', audio: 'audio', video: 'video' }

function show () {
  const { dataset, href } = items[at]
  const name = nameOf(items[at])
  const element = document.createElement(ELEMENTS[dataset.kind])
  if (dataset.kind === 'image') element.alt = name
  else Object.assign(element, { controls: true, autoplay: true })
  element.src = dataset.view
  dialog.querySelector('.stage').replaceChildren(element)
  const title = dialog.querySelector('.title')
  Object.assign(title, { textContent: name, href })
  dialog.querySelector('.position').textContent = say('share.position', { number: (at + 1).toLocaleString(LOCALE), all: items.length.toLocaleString(LOCALE) })
}

const nameOf = link => link.querySelector('.name')?.textContent ?? link.textContent

function turn (step) {
  at = (at + step + items.length) % items.length
  show()
}

function createDialog () {
  const made = Object.assign(document.createElement('dialog'), { className: 'gallery' })
  const button = (key, sign, act) => {
    const each = Object.assign(document.createElement('button'), { type: 'button', className: 'plain', textContent: sign })
    each.setAttribute('aria-label', say(key))
    each.title = say(key)
    each.addEventListener('click', act)
    return each
  }
  const bar = Object.assign(document.createElement('div'), { className: 'row bar' })
  bar.append(
    Object.assign(document.createElement('a'), { className: 'title grow' }),
    Object.assign(document.createElement('span'), { className: 'position' }),
    button('share.previous', '‹', () => { turn(-1) }),
    button('share.next', '›', () => { turn(1) }),
    button('share.close', '×', () => { made.close() }))
  const stage = Object.assign(document.createElement('div'), { className: 'stage' })
  made.append(bar, stage)
  made.addEventListener('close', () => {
    stage.replaceChildren()
    items[at].focus()
  })
  made.addEventListener('keydown', event => {
    if (event.target.matches('audio, video')) return
    if (event.key === 'ArrowRight') turn(1)
    else if (event.key === 'ArrowLeft') turn(-1)
  })
  let startX
  stage.addEventListener('pointerdown', ({ clientX, target }) => { startX = target.matches('audio, video') ? undefined : clientX })
  stage.addEventListener('pointerup', ({ clientX }) => {
    const distance = clientX - (startX ?? clientX)
    if (Math.abs(distance) > 50) turn(distance < 0 ? 1 : -1)
  })
  stage.addEventListener('dragstart', event => { event.preventDefault() })
  document.body.append(made)
  return made
}
