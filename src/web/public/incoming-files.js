import { say } from './words.js'

/** The files of a drop; folders are walked through. Everything is asked for before the first wait: afterwards the drop is closed. */
export async function filesOfDrop (transfer) {
  const loose = [...transfer.files]
  const entries = [...transfer.items].map(item => item.webkitGetAsEntry?.()).filter(entry => entry)
  if (!entries.some(entry => entry.isDirectory)) return loose
  const found = await Promise.all(entries.map(filesOfEntry))
  return found.flat()
}

async function filesOfEntry (entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => { entry.file(resolve, reject) })]
  const reader = entry.createReader()
  const files = []
  while (true) {
    // A reader gives at most a hundred at a time.
    const some = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject) })
    if (some.length === 0) return files
    for (const inner of some) files.push(...await filesOfEntry(inner))
  }
}

/** Pasted files, or pasted text as a file. */
export function filesOfPaste (clipboard) {
  if (clipboard.files.length > 0) return [...clipboard.files]
  const text = clipboard.getData('text/plain')
  return text.trim() === '' ? [] : [new File([text], say('upload.pasted'), { type: 'text/plain' })]
}
