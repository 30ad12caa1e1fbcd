/** The menu of a row: one for all rows, filled when it is opened. */
import { copyPlain } from './copy.js'
import { announce, ask, boxOf, formOf, idOf, isFolder, isPublic, linkOf, list, nameOf, rowOf, rows, send } from './my-list.js'
import { say } from './words.js'

const menu = document.querySelector('#row-menu')
const itemOf = name => menu.querySelector(`[data-do=${name}]`)
const items = () => [...menu.querySelectorAll('[role=menuitem]')].filter(({ hidden }) => !hidden)
/** The row that it is open for, by the name of its box: rows are replaced. */
let about

// A browser without popovers has no menus: everything in them can be done otherwise.
if ('popover' in menu) {
  menu.hidden = false
  document.documentElement.classList.add('has-menus')
}

const row = () => rows().find(each => boxOf(each).name === about)
const linkOfRow = each => (isFolder(each) ? formOf().dataset.folderLinks : formOf().dataset.fileLinks) + idOf(each)

export function openMenu (each) {
  about = boxOf(each).name
  itemOf('copy').hidden = isFolder(each) && !isPublic(each)
  itemOf('settings').hidden = isFolder(each)
  itemOf('share').hidden = !isFolder(each) || isPublic(each)
  itemOf('unshare').hidden = !isFolder(each) || !isPublic(each)
  // A folder is opened here, a file where others see it.
  itemOf('open').href = isFolder(each) ? linkOf(each).href : linkOfRow(each)
  itemOf('settings').href = linkOf(each).href
  menu.showPopover()
  place(each.querySelector('.menu button').getBoundingClientRect())
  items()[0].focus()
}

/** Below its button, or above it where there is no space. */
function place (button) {
  const { width, height } = menu.getBoundingClientRect()
  const { clientWidth, clientHeight } = document.documentElement
  menu.style.left = `${Math.max(8, Math.min(button.right - width, clientWidth - width - 8))}px`
  menu.style.top = `${button.bottom + height + 8 > clientHeight ? Math.max(8, button.top - height) : button.bottom}px`
}

const DO = {
  async copy (each) {
    const link = linkOfRow(each)
    const isCopied = await copyPlain(link)
    announce(say(isCopied ? 'my.copied' : 'my.notCopied', { name: nameOf(each), link }))
    const button = each.querySelector('.menu button')
    button.classList.toggle('is-done', isCopied)
    button.textContent = isCopied ? '✓' : '⋯'
    setTimeout(() => {
      button.classList.remove('is-done')
      button.textContent = '⋯'
    }, 2500)
  },
  rename (each) { ask('rename', [each]) },
  move (each) { ask('move', [each]) },
  mail (each) { send('mail', [each]) },
  share (each) { send('share', [each]) },
  unshare (each) { send('unshare', [each]) },
  delete (each) { send('delete', [each]) }
}

/** It stays at its button. */
function follow () {
  const each = about === undefined ? undefined : row()
  if (each && menu.matches(':popover-open')) place(each.querySelector('.menu button').getBoundingClientRect())
}
addEventListener('resize', follow)
addEventListener('scroll', follow, { passive: true })

list.addEventListener('click', ({ target }) => {
  const each = target.closest('.menu button') && rowOf(target)
  if (each) openMenu(each)
})

menu.addEventListener('click', ({ target }) => {
  const each = row()
  const act = target.closest('[data-do]')?.dataset.do
  menu.hidePopover()
  if (!each || !act) return
  each.querySelector('.menu button').focus()
  DO[act]?.(each)
})

menu.addEventListener('keydown', event => {
  const all = items()
  const i = all.indexOf(document.activeElement)
  const next = { ArrowDown: all[(i + 1) % all.length], ArrowUp: all.at(i - 1), Home: all[0], End: all.at(-1) }[event.key] ??
    all.find(item => event.key.length === 1 && item.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase()))
  if (event.key === 'Tab') menu.hidePopover()
  else if (event.key === 'Escape') {
    event.preventDefault()
    menu.hidePopover()
    row()?.querySelector('.menu button').focus()
  } else if (next && event.key !== 'Enter' && event.key !== ' ') {
    event.preventDefault()
    next.focus()
  }
})
