// What is typed on the page for a text, kept for this tab until it is shared.

const KEY = 'respace-text'

export function readDraft () {
  try {
    const { text = '', name = '', language = 'plain' } = JSON.parse(sessionStorage.getItem(KEY) ?? '{}')
    return { text, name, language }
  } catch {
    return { text: '', name: '', language: 'plain' }
  }
}

/** False where the browser keeps nothing, or not so much. */
export function keepDraft (draft) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(draft))
    return true
  } catch {
    return false
  }
}

export function dropDraft () {
  try {
    sessionStorage.removeItem(KEY)
  } catch {
    // Nothing was kept.
  }
}

/** Puts a pasted text behind what is there already. */
export function addToDraft (pasted) {
  const draft = readDraft()
  return keepDraft({ ...draft, text: draft.text === '' ? pasted : `${draft.text}\n${pasted}` })
}
