/** What can be done with the card of a bundle without leaving the page: files are added and removed. */
import { filesOfChooser } from './incoming-files.js'
import { ask } from './question.js'
import { localizeTimes } from './times.js'
import { say } from './words.js'

/** The bundle of a card: its id and the code with which it is changed. */
export function bundleOf ({ dataset: { bundle, edit } }) {
  return { id: bundle, code: edit.split('/').at(-1), edit }
}

/** The fields of an upload into a bundle. */
export const bundleFields = bundle => bundle === undefined ? [] : [['bundle', bundle.id], ['bundle_code', bundle.code]]

/** Asks the server for the card again, and takes from it what uploads and removals change: input in its forms stays. */
export async function refresh (card) {
  const answer = await fetch(card.dataset.edit)
  if (!answer.ok) return
  show(new DOMParser().parseFromString(await answer.text(), 'text/html'), card)
}

function show (page, card) {
  const now = page.querySelector('.share')
  if (now === null) return
  for (const part of ['.summary', '.contents']) {
    const next = document.adoptNode(now.querySelector(part))
    localizeTimes(next)
    card.querySelector(part).replaceWith(next)
  }
}

/** Lets buttons choose files for a card; `add` gets the card and the files. */
export function acceptMoreFiles (add) {
  document.addEventListener('click', ({ target }) => {
    const button = target.closest('button[data-add]')
    if (button === null) return
    const chooser = Object.assign(document.createElement('input'), { type: 'file', multiple: true, webkitdirectory: button.dataset.add === 'folder' })
    chooser.addEventListener('change', () => { add(button.closest('.share'), filesOfChooser(chooser)) })
    chooser.click()
  })
}

document.addEventListener('submit', async event => {
  const { target: form, submitter } = event
  if (!form.matches('.removing') || submitter?.name !== 'remove') return
  event.preventDefault()
  const card = form.closest('.share')
  if (!await ask({ title: say('bundle.removeHeading'), sentence: submitter.dataset.confirm, yes: say('bundle.remove'), no: say('bundle.keepFile') })) return
  const answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams({ remove_now: submitter.value }) }).catch(() => undefined)
  if (answer?.ok) show(new DOMParser().parseFromString(await answer.text(), 'text/html'), card)
  else form.requestSubmit()
})
