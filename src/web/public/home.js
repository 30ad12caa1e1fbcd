// The start page: files are dropped, pasted or chosen, and sent immediately.
import { askAboutHidden, filesOfChooser, filesOfDrop, filesOfPaste, takeDrops } from './incoming-files.js'
import { forgetAll, remember, showRecent } from './recent.js'
import { adoptCards } from './share-card.js'
import { createQueue } from './upload-queue.js'
import { createProgress } from './upload-progress.js'
import { say } from './words.js'

const form = document.getElementById('upload')
const chooser = document.getElementById('userfile')
const shared = document.getElementById('shared')
const allLinks = document.getElementById('all-links')
const recent = document.getElementById('recent')
const announcer = document.getElementById('announcer')

// Chosen files need no second click.
chooser.required = false

const progress = createProgress(document.getElementById('progress'))
const queue = createQueue({
  endpoint: new URL('tus/', form.action).href,
  place: form.elements.folder_id?.value,
  fields: () => [...form.querySelectorAll('[type=hidden]')].map(({ name, value }) => [name, value]),
  largest: Number(form.dataset.maxSize),
  onChange: () => { progress.show(queue.uploads) },
  onAnswer (answer) {
    const cards = adoptCards(answer, shared)
    showAllLinks()
    if (recent.dataset.off === undefined) {
      for (const card of cards) remember(card)
      showRecent(recent)
    }
    announcer.textContent = say('upload.ready', { names: cards.map(card => card.dataset.name).join(', ') })
    cards[0]?.querySelector('[data-copy]')?.focus({ preventScroll: true })
    cards[0]?.scrollIntoView({ block: 'nearest' })
  }
})

/** The newest first, like their cards. */
function showAllLinks () {
  const links = [...shared.querySelectorAll('.link input')].map(({ value }) => value)
  allLinks.hidden = links.length < 2
  allLinks.querySelector('textarea').value = links.join('\n')
}

form.addEventListener('submit', event => { event.preventDefault() })
function sendChosen () {
  if (chooser.files.length > 0) queue.add(filesOfChooser(chooser))
}
chooser.addEventListener('change', sendChosen)
// On a slow connection files may be chosen before this script has loaded.
sendChosen()

takeDrops({
  async take (transfer) {
    const { files, unreadable } = await filesOfDrop(transfer)
    queue.add(await askAboutHidden(files))
    queue.addUnreadable(unreadable)
  }
})

document.addEventListener('paste', event => {
  if (event.target.closest?.('input, textarea, select')) return
  queue.add(filesOfPaste(event.clipboardData))
})

document.getElementById('cancel-all').addEventListener('click', () => { queue.cancelAll() })
document.getElementById('forget-all').addEventListener('click', async () => {
  await forgetAll()
  showRecent(recent)
})
addEventListener('beforeunload', event => { if (queue.isBusy()) event.preventDefault() })
if (recent.dataset.off === undefined) {
  showRecent(recent)
  // Another tab changed the list, or this page was restored from the browser's cache.
  addEventListener('storage', () => { showRecent(recent) })
  addEventListener('pageshow', () => { showRecent(recent) })
}
