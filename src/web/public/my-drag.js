/** Dragging rows onto folders moves them. */
import { boxOf, choose, chosenRows, idOf, isFolder, list, nameOf, rowOf, send } from './my-list.js'
import { say } from './words.js'

let dragged = []

/** The folder that an element stands for, when something can be put there: a row of a folder, or a folder above. */
export function folderAt (element) {
  const row = rowOf(element)
  if (row && isFolder(row)) return { element: row, id: idOf(row), name: nameOf(row) }
  const link = element.closest?.('.crumbs a')
  return link ? { element: link, id: new URL(link.href).searchParams.get('folder') ?? '0', name: link.textContent } : undefined
}

let marked
/** Shows where something would go. */
export function markFolder (folder) {
  if (marked === folder?.element) return
  marked?.classList.remove('is-target')
  marked = folder?.element
  marked?.classList.add('is-target')
}

list.addEventListener('dragstart', event => {
  const row = rowOf(event.target)
  if (!row) return
  if (!boxOf(row).checked) choose(row)
  dragged = chosenRows()
  event.dataTransfer.effectAllowed = 'move'
  event.dataTransfer.setData('text/plain', dragged.map(nameOf).join('\n'))
  if (dragged.length < 2) return
  const count = Object.assign(document.createElement('div'), { className: 'drag-count', textContent: say('my.items', { count: dragged.length }) })
  document.body.append(count)
  event.dataTransfer.setDragImage(count, -8, -8)
  setTimeout(() => { count.remove() })
})
document.addEventListener('dragend', () => {
  dragged = []
  markFolder(undefined)
})

/** Nothing is moved into itself. */
function targetOf ({ target }) {
  const folder = dragged.length > 0 ? folderAt(target) : undefined
  return folder && !dragged.includes(folder.element) ? folder : undefined
}
document.addEventListener('dragover', event => {
  if (dragged.length === 0) return
  const folder = targetOf(event)
  markFolder(folder)
  if (folder) event.preventDefault()
})
document.addEventListener('drop', event => {
  const folder = targetOf(event)
  if (!folder) return
  event.preventDefault()
  send('move', dragged, { target: folder.id })
})
