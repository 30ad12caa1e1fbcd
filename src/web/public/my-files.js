/** Keys and dragging on the page of one's own files; its form does everything without them, too. */
const form = document.querySelector('#my-files')
const rows = [...form?.querySelectorAll('tbody tr') ?? []]
const boxOf = row => row.querySelector('input[type=checkbox]')
const press = act => form.querySelector(`[name=act][value=${act}]`).click()

const KEYS = {
  ArrowDown: row => focus(rows[rows.indexOf(row) + 1]),
  ArrowUp: row => focus(rows[rows.indexOf(row) - 1]),
  Home: () => focus(rows[0]),
  End: () => focus(rows.at(-1)),
  Enter: row => row.querySelector('a').click(),
  Delete: row => { boxOf(row).checked = true; press('delete') },
  F2: row => { choose(row); form.elements.name.value = row.querySelector('a').textContent; form.elements.name.select() }
}

const focus = row => row && boxOf(row).focus()

function choose (row) {
  for (const each of rows) boxOf(each).checked = each === row
}

document.addEventListener('keydown', event => {
  if (event.altKey || event.metaKey) return
  const isTyping = event.target.matches('input:not([type=checkbox]), select, textarea')
  if (event.key === '/' && !isTyping) {
    event.preventDefault()
    document.querySelector('[type=search]').focus()
    return
  }
  const row = event.target.matches('#my-files input[type=checkbox]') && event.target.closest('tr')
  if (!row) return
  if (event.ctrlKey && event.key === 'a') {
    event.preventDefault()
    for (const each of rows) boxOf(each).checked = true
  } else if (!event.ctrlKey && KEYS[event.key]) {
    event.preventDefault()
    KEYS[event.key](row)
  }
})

/** Enter in the field of the new name renames, whatever button comes first. */
form?.elements.name.addEventListener('keydown', event => {
  if (event.key !== 'Enter') return
  event.preventDefault()
  press('rename')
})

let dragged
for (const row of rows) {
  row.draggable = true
  row.addEventListener('dragstart', event => {
    dragged = row
    if (!boxOf(row).checked) choose(row)
    event.dataTransfer.effectAllowed = 'move'
    event.dataTransfer.setData('text/plain', row.querySelector('a').textContent)
  })
  row.addEventListener('dragend', () => { dragged = undefined })
  const [, folder] = /^folder_(\w+)$/.exec(boxOf(row).name) ?? []
  if (folder) receive(row, folder)
}
for (const link of document.querySelectorAll('.crumbs a')) receive(link, new URL(link.href).searchParams.get('folder') ?? '0')

/** Lets go of what is dragged above a folder, and it moves there. */
function receive (element, folder) {
  const isFor = () => dragged && !element.querySelector('input')?.checked && element !== dragged
  element.addEventListener('dragover', event => {
    if (!isFor()) return
    event.preventDefault()
    element.classList.add('is-target')
  })
  element.addEventListener('dragleave', () => element.classList.remove('is-target'))
  element.addEventListener('drop', event => {
    if (!isFor()) return
    event.preventDefault()
    form.elements.target.value = folder
    press('move')
  })
}
