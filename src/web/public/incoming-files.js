import { say } from './words.js'

/**
 * The files of a drop, including those in folders. Unreadable ones are in `unreadable`, by name, all others in
 * `files`. All entries are requested before the first await: afterwards the drop data is gone.
 */
export async function filesOfDrop (transfer) {
  const loose = [...transfer.files]
  const entries = [...transfer.items].map(item => item.webkitGetAsEntry?.()).filter(entry => entry)
  const found = { files: [], unreadable: [] }
  if (!entries.some(entry => entry.isDirectory)) return { ...found, files: loose }
  for (const entry of entries) await walk(entry, found)
  return found
}

async function walk (entry, found) {
  try {
    if (entry.isFile) {
      found.files.push(await new Promise((resolve, reject) => { entry.file(resolve, reject) }))
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
    found.unreadable.push(entry.fullPath.replace(/^\//, ''))
  }
}

/** Pasted files, or pasted text as a file. */
export function filesOfPaste (clipboard) {
  if (clipboard.files.length > 0) return [...clipboard.files]
  const text = clipboard.getData('text/plain')
  return text.trim() === '' ? [] : [new File([text], say('upload.pasted'), { type: 'text/plain' })]
}
