// The page for a text: what was typed stays until it is shared, also when the server cannot be reached.
import { dropDraft, keepDraft, readDraft } from './text-draft.js'
import { say } from './words.js'

/** Milliseconds after the last key. */
const PAUSE = 400

let timer
const formOf = () => document.getElementById('text-form')

function keep () {
  clearTimeout(timer)
  timer = undefined
  const { text, name, language } = formOf().elements
  if (text.value === '') dropDraft()
  else keepDraft({ text: text.value, name: name.value, language: language.value })
}

function prepare () {
  const { text, name, language } = formOf().elements
  const draft = readDraft()
  // What the server has sent back is newer.
  if (text.value === '' && draft.text !== '') {
    text.value = draft.text
    name.value = draft.name
    language.value = draft.language
  }
}

/** Above the form. */
function showProblem (problem) {
  const form = formOf()
  form.parentElement.querySelector('.msg')?.remove()
  form.before(problem)
  problem.scrollIntoView({ block: 'nearest' })
}

function problemOf (sentence) {
  const problem = Object.assign(document.createElement('div'), { className: 'msg error', textContent: sentence })
  problem.setAttribute('role', 'alert')
  return problem
}

async function send () {
  const form = formOf()
  const { text } = form.elements
  if (new TextEncoder().encode(text.value).length > Number(form.dataset.maxBytes)) {
    showProblem(problemOf(form.dataset.tooLong))
    text.focus()
    return
  }
  const button = form.querySelector('[type=submit]')
  button.disabled = true
  try {
    const answer = await fetch(form.action, { method: 'POST', body: new FormData(form) })
    if (answer.redirected) {
      clearTimeout(timer)
      timer = undefined
      dropDraft()
      window.location.assign(answer.url)
      return
    }
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    if (page.getElementById('text-form') === null) {
      showProblem(document.adoptNode(page.querySelector('.msg')))
    } else {
      document.getElementById('content').replaceWith(document.adoptNode(page.getElementById('content')))
      document.querySelector('#text-form [aria-invalid]')?.focus()
    }
  } catch {
    showProblem(problemOf(say('text.notSent')))
  }
  button.disabled = false
}

document.addEventListener('submit', event => {
  if (event.target !== formOf()) return
  event.preventDefault()
  keep()
  send()
})
document.addEventListener('input', event => {
  if (event.target.form !== formOf()) return
  clearTimeout(timer)
  timer = setTimeout(keep, PAUSE)
})
document.addEventListener('keydown', event => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && event.target.form === formOf()) formOf().requestSubmit()
})
addEventListener('pagehide', () => { if (timer !== undefined) keep() })
prepare()
