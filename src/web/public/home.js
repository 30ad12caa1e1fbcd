// The start page: files are dropped, pasted or chosen, and sent immediately. Several that come together are one bundle.
import { acceptMoreFiles, bundleFields, bundleOf, refresh } from './bundle-card.js'
import { askAboutHidden, filesOfChooser, filesOfDrop, filesOfPaste, takeDrops } from './incoming-files.js'
import { forgetAll, remember, showRecent } from './recent.js'
import { adoptCards } from './share-card.js'
import { addToDraft } from './text-draft.js'
import { noteEnds, rememberUploads, showUnfinished, takeUnfinished } from './unfinished.js'
import { createQueue } from './upload-queue.js'
import { createProgress } from './upload-progress.js'
import { LOCALE, say } from './words.js'

const form = document.getElementById('upload')
if (form !== null) start()

function start () {
  const chooser = document.getElementById('userfile')
  const shared = document.getElementById('shared')
  const allLinks = document.getElementById('all-links')
  const recent = document.getElementById('recent')
  const announcer = document.getElementById('announcer')
  const unfinished = document.getElementById('unfinished')
  const hidden = () => [...form.querySelectorAll('[type=hidden]')].map(({ name, value }) => [name, value])
  /** Milliseconds between two looks at a bundle that grows. */
  const PAUSE = 2000

  // Chosen files need no second click.
  chooser.required = false

  const progress = createProgress(document.getElementById('progress'))
  const queue = createQueue({
    endpoint: new URL('tus/', new URL(form.action)).href,
    place: form.elements.folder_id?.value,
    fields: ({ bundle }) => [...hidden(), ...bundleFields(bundle)],
    largest: Number(form.dataset.maxSize),
    onChange () {
      progress.show(queue.uploads)
      noteEnds()
      refreshLater()
    },
    onAnswer: answer => { adopt(answer) }
  })

  function adopt (page) {
    const cards = adoptCards(page, shared)
    document.body.classList.add('has-shared')
    showAllLinks()
    if (recent.dataset.off === undefined) {
      for (const card of cards) remember(card)
      showRecent(recent)
    }
    announcer.textContent = say('upload.ready', { names: cards.map(card => card.dataset.name).join(', ') })
    return cards[0]
  }

  /** The newest first, like their cards. */
  function showAllLinks () {
    const links = [...shared.querySelectorAll('.link input')].map(({ value }) => value)
    allLinks.hidden = links.length < 2
    allLinks.querySelector('textarea').value = links.join('\n')
  }

  // Cards of bundles follow their uploads: soon, when all have come, else now and then.
  let timer
  const counted = new Map()
  function refreshLater () {
    const isBusy = queue.isBusy()
    if (isBusy && timer !== undefined) return
    clearTimeout(timer)
    timer = setTimeout(refreshCards, isBusy ? PAUSE : 0)
  }

  async function refreshCards () {
    timer = undefined
    for (const card of shared.querySelectorAll('[data-bundle]')) {
      const done = queue.uploads.filter(({ state, bundle }) => state === 'done' && bundle?.id === card.dataset.bundle).length
      if (done === (counted.get(card.dataset.bundle) ?? 0)) continue
      counted.set(card.dataset.bundle, done)
      await refresh(card).catch(() => undefined)
    }
  }

  /** Files that came together: one file has a card of its own, several share one. */
  async function share (found, unreadable = []) {
    const { files, title } = withoutTop(await askAboutHidden(found))
    const resumed = takeUnfinished(files)
    showUnfinished(unfinished)
    if (resumed !== undefined) await resume(resumed)
    else if (files.length === 1 && files[0].path === '') send(files, files[0].file.name)
    else if (files.length > 0) await shareTogether(files, title)
    queue.addUnreadable(unreadable)
  }

  async function resume ({ title, bundle, files }) {
    if (bundle !== undefined) {
      const answer = await fetch(bundle.edit).catch(() => undefined)
      if (!answer?.ok) return shareTogether(files, title)
      adopt(await pageOf(answer))
    }
    send(files, title, bundle)
  }

  async function shareTogether (files, title = titleOf(files)) {
    const answer = await fetch(new URL('bundle', form.action), { method: 'POST', body: new URLSearchParams([...hidden(), ['title', title]]) }).catch(() => undefined)
    const page = answer && await pageOf(answer)
    if (!answer?.ok) {
      queue.addFailed(files, page?.querySelector('.msg')?.textContent.trim() ?? say('upload.broken'), () => { shareTogether(files, title) })
      return
    }
    send(files, title, bundleOf(adopt(page)))
  }

  function send (files, title, bundle) {
    const before = queue.uploads.length
    queue.add(files, bundle === undefined ? {} : { bundle, place: bundle.id })
    rememberUploads(title, queue.uploads.slice(before), bundle)
  }

  /** How many they are, and the day. */
  function titleOf (files) {
    return say('bundle.title', { count: files.length.toLocaleString(LOCALE), date: new Date().toLocaleDateString(LOCALE, { dateStyle: 'medium' }) })
  }

  /** What is in one folder is shared by its name: the bundle is that folder. */
  function withoutTop (files) {
    const tops = new Set(files.map(({ path }) => path.split('/')[0]))
    const [top = ''] = tops
    if (tops.size > 1 || top === '') return { files, title: undefined }
    return { files: files.map(({ file, path }) => ({ file, path: path.slice(top.length + 1) })), title: top }
  }

  form.addEventListener('submit', event => { event.preventDefault() })
  function sendChosen () {
    if (chooser.files.length > 0) share(filesOfChooser(chooser))
  }
  chooser.addEventListener('change', sendChosen)
  // On a slow connection files may be chosen before this script has loaded.
  sendChosen()

  document.getElementById('choose-folder').addEventListener('click', () => {
    const folder = Object.assign(document.createElement('input'), { type: 'file', webkitdirectory: true })
    folder.addEventListener('change', () => { share(filesOfChooser(folder)) })
    folder.click()
  })

  takeDrops({
    async take (transfer) {
      const { files, unreadable } = await filesOfDrop(transfer)
      await share(files, unreadable)
    }
  })

  document.addEventListener('paste', event => {
    if (event.target.closest?.('input, textarea, select')) return
    const text = event.clipboardData.files.length > 0 ? '' : event.clipboardData.getData('text/plain')
    if (text.trim() === '' || !addToDraft(text)) return share(filesOfPaste(event.clipboardData))
    // A text is looked at before it is sent. Uploads that run are not interrupted: a new tab begins with a copy of what this one keeps.
    const page = new URL('text', form.action).href
    if (queue.isBusy()) window.open(page)
    else window.location.assign(page)
  })

  acceptMoreFiles(async (card, found) => {
    const files = await askAboutHidden(found)
    send(files, card.dataset.name, bundleOf(card))
  })

  document.getElementById('cancel-all').addEventListener('click', () => { queue.cancelAll() })
  document.getElementById('forget-all').addEventListener('click', async () => {
    await forgetAll()
    showRecent(recent)
  })
  addEventListener('beforeunload', event => { if (queue.isBusy()) event.preventDefault() })
  showUnfinished(unfinished)
  if (recent.dataset.off === undefined) {
    showRecent(recent)
    // Another tab changed the list, or this page was restored from the browser's cache.
    addEventListener('storage', () => { showRecent(recent) })
    addEventListener('pageshow', () => { showRecent(recent) })
  }
}

const pageOf = async answer => new DOMParser().parseFromString(await answer.text(), 'text/html')
