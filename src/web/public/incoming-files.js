/** Files from outside: dropped, chosen or pasted. Each is `{ file, path }`, the path of its folder within what was dropped, '' at the top. */
import { sizeText } from './amounts.js'
import { say, LOCALE } from './words.js'

/**
 * The files of a drop, including those in folders. Unreadable files and subfolders are in `unreadable`, by path, all others in
 * `files`. All entries are requested before the first await: afterwards the drop data is gone.
 */
export async function filesOfDrop (transfer) {
  const loose = [...transfer.files]
  const entries = [...transfer.items].map(item => item.webkitGetAsEntry?.()).filter(entry => entry)
  const found = { files: [], unreadable: [] }
  if (!entries.some(entry => entry.isDirectory)) return { ...found, files: loose.map(file => ({ file, path: '' })) }
  for (const entry of entries) await walk(entry, found)
  return found
}

async function walk (entry, found) {
  const place = entry.fullPath.replace(/^\//, '')
  try {
    if (entry.isFile) {
      found.files.push({ file: await new Promise((resolve, reject) => { entry.file(resolve, reject) }), path: folderOf(place) })
      return
    }
    const reader = entry.createReader()
    while (true) {
      // A reader returns at most a hundred at a time.
      const some = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject) })
      if (some.length === 0) return
      for (const inner of some) await walk(inner, found)
    }
  } catch {
    found.unreadable.push(place)
  }
}

const folderOf = place => place.split('/').slice(0, -1).join('/')

/** The files of a chooser, which is empty afterwards; a chooser of folders tells where each file lies. */
export function filesOfChooser (chooser) {
  const files = [...chooser.files].map(file => ({ file, path: folderOf(file.webkitRelativePath) }))
  chooser.value = ''
  return files
}

/** Pasted files, or pasted text as a file. */
export function filesOfPaste (clipboard) {
  if (clipboard.files.length > 0) return [...clipboard.files].map(file => ({ file, path: '' }))
  const text = clipboard.getData('text/plain')
  return text.trim() === '' ? [] : [{ file: new File([text], say('upload.pasted'), { type: 'text/plain' }), path: '' }]
}

/** Whether its name, or that of a folder around it, begins with a dot: systems do not show it. */
const isHidden = ({ file, path }) => `${path}/${file.name}`.includes('/.') || path.startsWith('.')

/** Asks once what to do with hidden files in folders, and returns the files that are wanted. A hidden file that was chosen by itself is. */
export async function askAboutHidden (files) {
  const hidden = files.filter(each => each.path !== '' && isHidden(each))
  if (hidden.length === 0) return files
  return await ask(hidden) ? files : files.filter(each => !hidden.includes(each))
}

async function ask (hidden) {
  const [{ file, path }] = hidden
  const dialog = document.createElement('dialog')
  const heading = Object.assign(document.createElement('h2'), { id: 'hidden-heading', textContent: say('upload.hidden') })
  const size = sizeText(hidden.reduce((sum, each) => sum + each.file.size, 0))
  const question = Object.assign(document.createElement('p'), {
    textContent: say('upload.hiddenAbout', { count: hidden.length.toLocaleString(LOCALE), size, name: `${path}/${file.name}` })
  })
  const form = Object.assign(document.createElement('form'), { method: 'dialog', className: 'row' })
  form.append(
    Object.assign(document.createElement('button'), { value: 'without', textContent: say('upload.hiddenLeave') }),
    Object.assign(document.createElement('button'), { value: 'with', className: 'plain', textContent: say('upload.hiddenTake') }))
  dialog.setAttribute('aria-labelledby', 'hidden-heading')
  dialog.append(heading, question, form)
  document.body.append(dialog)
  dialog.showModal()
  await new Promise(resolve => { dialog.addEventListener('close', resolve) })
  dialog.remove()
  return dialog.returnValue === 'with'
}

/**
 * Takes files that are dropped anywhere on the page: no drop makes the browser open a file. `targetOf` says what is meant by an element
 * below the pointer, and `mark` shows it while files are held above it, undefined at the end. `take` gets the drop data and the target.
 */
export function takeDrops ({ targetOf = () => undefined, mark = () => undefined, take }) {
  // A drag enters and leaves every element it passes: it ends when both counts are equal.
  let depth = 0
  const holdsFiles = ({ dataTransfer }) => dataTransfer?.types.includes('Files') ?? false
  function count (change) {
    depth = Math.max(0, depth + change)
    document.body.classList.toggle('is-over', depth > 0)
    if (depth === 0) mark(undefined)
  }
  document.addEventListener('dragenter', event => { if (holdsFiles(event)) count(1) })
  document.addEventListener('dragleave', event => { if (holdsFiles(event)) count(-1) })
  document.addEventListener('dragover', event => {
    if (!holdsFiles(event)) return
    event.preventDefault()
    event.dataTransfer.dropEffect = 'copy'
    mark(targetOf(event.target))
  })
  document.addEventListener('drop', event => {
    if (!holdsFiles(event)) return
    event.preventDefault()
    count(-depth)
    take(event.dataTransfer, targetOf(event.target))
  })
}
