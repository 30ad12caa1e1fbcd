/** Uploading on the page of one's own files: by buttons, by dropping anywhere, also on a folder, and by pasting. */
import { askAboutHidden, filesOfChooser, filesOfDrop, filesOfPaste, takeDrops } from './incoming-files.js'
import { folderAt, markFolder } from './my-drag.js'
import { announce, list, refresh } from './my-list.js'
import { createProgress } from './upload-progress.js'
import { createQueue } from './upload-queue.js'
import { LOCALE, say } from './words.js'

/** Milliseconds between two looks at the list while much is uploaded. */
const PAUSE = 5000

const { folder: here, name: nameOfHere, account, maxSize } = list.dataset
const hint = document.querySelector('#drop-target')
const progress = createProgress(document.querySelector('#progress'))

const queue = createQueue({
  endpoint: new URL('tus/', document.querySelector('.brand').href).href,
  place: account,
  fields: ({ place }) => [['folder_id', place], ['for_account', account]],
  largest: Number(maxSize),
  onChange () {
    progress.show(queue.uploads)
    const done = queue.uploads.filter(({ state }) => state === 'done').length
    if (done > shownDone) showLater(done)
  }
})

/** How many of the finished ones the list has. */
let shownDone = 0
let isRefreshing = false

/** Shows what has come: at once when nothing more comes, else now and then. */
async function showLater () {
  if (isRefreshing) return
  isRefreshing = true
  if (queue.isBusy()) await untilQuiet(performance.now() + PAUSE)
  const done = queue.uploads.filter(({ state }) => state === 'done').length
  await refresh()
  shownDone = done
  isRefreshing = false
  if (queue.isBusy()) return
  const ended = queue.uploads.filter(({ state }) => state !== 'cancelled').length
  announce(say('upload.arrived', { count: done.toLocaleString(LOCALE), all: ended.toLocaleString(LOCALE) }))
}

async function untilQuiet (end) {
  while (queue.isBusy() && performance.now() < end) await new Promise(resolve => { setTimeout(resolve, 100) })
}

const add = async (files, place) => { queue.add(await askAboutHidden(files), { place }) }

for (const name of ['files', 'folder']) {
  const chooser = document.querySelector(`#chosen-${name}`)
  const button = document.querySelector(`#choose-${name}`)
  button.addEventListener('click', () => { chooser.click() })
  chooser.addEventListener('change', () => add(filesOfChooser(chooser), here))
}
// Some phones cannot choose a folder.
document.querySelector('#choose-folder').hidden = !('webkitdirectory' in document.querySelector('#chosen-folder'))

const placeAt = element => folderAt(element) ?? { id: here, name: nameOfHere }
takeDrops({
  targetOf: placeAt,
  mark (place) {
    markFolder(place)
    hint.hidden = place === undefined
    if (place) hint.textContent = say('my.dropInto', { folder: place.name })
  },
  async take (transfer, { id }) {
    const { files, unreadable } = await filesOfDrop(transfer)
    queue.addUnreadable(unreadable)
    await add(files, id)
  }
})

document.addEventListener('paste', event => {
  if (event.target.closest?.('input:not([type=checkbox]), textarea, select')) return
  // Text is not meant for a list of files.
  if (event.clipboardData.files.length > 0) add(filesOfPaste(event.clipboardData), here)
})

document.querySelector('#cancel-all').addEventListener('click', () => { queue.cancelAll() })
addEventListener('beforeunload', event => { if (queue.isBusy()) event.preventDefault() })
