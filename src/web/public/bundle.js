// The page of a bundle for whoever may change it: files are dropped or chosen, and added to it.
import { acceptMoreFiles, bundleFields, bundleOf, refresh } from './bundle-card.js'
import { askAboutHidden, filesOfDrop, takeDrops } from './incoming-files.js'
import './share-card.js'
import { createProgress } from './upload-progress.js'
import { createQueue } from './upload-queue.js'

const place = document.getElementById('shared')
const card = () => place.querySelector('.share')
const progress = createProgress(document.getElementById('progress'))
let counted = 0
const queue = createQueue({
  endpoint: new URL(place.dataset.endpoint, document.baseURI).href,
  fields: ({ bundle }) => bundleFields(bundle),
  largest: Number(place.dataset.maxSize),
  onChange () {
    progress.show(queue.uploads)
    const done = queue.uploads.filter(({ state }) => state === 'done').length
    if (queue.isBusy() || done === counted) return
    counted = done
    refresh(card()).catch(() => undefined)
  }
})

async function add (found, unreadable = []) {
  const bundle = bundleOf(card())
  queue.add(await askAboutHidden(found), { bundle, place: bundle.id })
  queue.addUnreadable(unreadable)
}

acceptMoreFiles((_card, files) => add(files))
takeDrops({
  async take (transfer) {
    const { files, unreadable } = await filesOfDrop(transfer)
    await add(files, unreadable)
  }
})
document.getElementById('cancel-all').addEventListener('click', () => { queue.cancelAll() })
addEventListener('beforeunload', event => { if (queue.isBusy()) event.preventDefault() })
