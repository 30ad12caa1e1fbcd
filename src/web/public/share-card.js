// Cards of shared files: the server sends them as HTML, and their forms are saved without leaving the page.
import { localizeTimes } from './times.js'
import { say } from './words.js'

/** Moves the cards of an answered page to the top of `place`, and returns them. */
export function adoptCards (page, place) {
  const cards = [...page.querySelectorAll('.share')].map(card => document.adoptNode(card))
  for (const card of cards) prepare(card)
  place.prepend(...cards)
  return cards
}

function prepare (card) {
  card.classList.add('arrives')
  localizeTimes(card)
  const share = card.querySelector('[data-share]')
  if (share !== null) share.hidden = navigator.share === undefined
}

async function save (form) {
  const card = form.closest('.share')
  const body = new URLSearchParams(new FormData(form))
  // The answer replaces the form: input typed meanwhile would be lost.
  const enable = can => { for (const field of form.elements) field.disabled = !can }
  enable(false)
  try {
    const answer = await fetch(form.action, { method: 'POST', body })
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const [changed] = page.querySelectorAll('.share')
    const next = changed ?? page.querySelector('.msg')
    if (next === null) throw new Error('the answer is no page of ours')
    card.replaceWith(document.adoptNode(next))
    if (changed === undefined) return
    prepare(changed)
    changed.classList.remove('arrives')
    const details = changed.querySelector('.settings').closest('details')
    details.open = true
    details.querySelector('summary').focus()
  } catch {
    enable(true)
    form.querySelector('.msg')?.remove()
    const problem = Object.assign(document.createElement('div'), { className: 'msg error', textContent: say('card.notSaved') })
    problem.setAttribute('role', 'alert')
    form.prepend(problem)
  }
}

document.addEventListener('submit', event => {
  if (!event.target.matches('.settings')) return
  event.preventDefault()
  save(event.target)
})

document.addEventListener('click', ({ target }) => {
  const button = target.closest('button[data-share]')
  // The user closed the system's dialog.
  if (button !== null) navigator.share({ url: button.dataset.share, title: button.dataset.title }).catch(() => undefined)
})

for (const card of document.querySelectorAll('.share')) prepare(card)
