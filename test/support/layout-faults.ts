/** What is wrong with the layout of a page as it stands in a browser: anything that scrolls sideways, and text that is cut or leaves its box. */
import type { Page } from 'playwright-core'

/** Runs in the page. Text may be shortened with dots only where its title has the whole. */
const FIND = `(() => {
  const faults = []
  const { scrollWidth } = document.scrollingElement
  if (scrollWidth > innerWidth) faults.push('scrolls sideways: ' + scrollWidth)
  const name = e => e.tagName.toLowerCase() + (e.id ? '#' + e.id : '') + (e.className ? '.' + String(e.className).replaceAll(' ', '.') : '')
  const hides = e => e.closest('.visually-hidden, .skip, [hidden], dialog:not([open]), option, noscript, script, style, title') !== null
  const isScrolling = e => { for (let p = e; p; p = p.parentElement) if (/auto|scroll/.test(getComputedStyle(p).overflowX) && p !== document.documentElement && p !== document.body) return true; return false }
  // Hidden from eyes, not from screen readers.
  const isClipped = e => { for (let p = e; p; p = p.parentElement) if (getComputedStyle(p).clipPath !== 'none') return true; return false }
  const isShortened = (e, text) => { for (let p = e; p; p = p.parentElement) if (getComputedStyle(p).textOverflow === 'ellipsis' && p.title.includes(text)) return true; return false }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const text = walker.currentNode
    const parent = text.parentElement
    if (text.data.trim() === '' || hides(parent) || isScrolling(parent) || !parent.checkVisibility() || isClipped(parent) || isShortened(parent, text.data.trim())) continue
    const range = document.createRange()
    range.selectNodeContents(text)
    const said = text.data.trim().slice(0, 40)
    for (const rect of range.getClientRects()) {
      if (rect.width === 0) continue
      if (rect.right > innerWidth + 1 || rect.left < -1) { faults.push('outside of the page: ' + said); break }
      let isFaulty = false
      for (let e = parent; e && e !== document.body; e = e.parentElement) {
        const box = e.getBoundingClientRect()
        const style = getComputedStyle(e)
        const isCut = style.overflowX !== 'visible' && (rect.right > box.right + 1 || rect.bottom > box.bottom + 2)
        const isBox = e.matches('button, .button, .button1, .card, .msg, td, th, summary, .tag, label') && style.display !== 'inline'
        if (isCut || (isBox && (rect.right > box.right + 1 || rect.left < box.left - 1))) { isFaulty = true; faults.push((isCut ? 'cut' : 'leaves its box') + ' ' + name(e) + ': ' + said); break }
      }
      if (isFaulty) break
    }
  }
  const pen = document.createElement('canvas').getContext('2d')
  const lengthOf = (e, text) => { pen.font = getComputedStyle(e).font; return pen.measureText(text).width }
  const ownWidth = e => { const s = getComputedStyle(e); return e.clientWidth - parseFloat(s.paddingLeft) - parseFloat(s.paddingRight) }
  // Of folders and ends a select shows what fits of their paths and times.
  for (const e of document.querySelectorAll('select')) {
    const chosen = e.selectedOptions[0]?.text ?? ''
    if (e.checkVisibility() && !/folder|target|time_limit/.test(e.name) && lengthOf(e, chosen) > ownWidth(e) - 12) faults.push('cut select ' + (e.name || name(e)) + ': ' + chosen)
  }
  for (const e of document.querySelectorAll('input[placeholder]')) {
    if (e.checkVisibility() && lengthOf(e, e.placeholder) > ownWidth(e) + 1) faults.push('cut placeholder: ' + e.placeholder)
  }
  return faults
})()`

/** The faults at each of the widths, in CSS pixels, and with text of twice the size. */
export async function findLayoutFaults (page: Page, widths: readonly number[]): Promise<string[]> {
  const before = page.viewportSize()
  const faults: string[] = []
  const look = async (at: string) => {
    const found = await page.evaluate(FIND) as string[]
    faults.push(...found.map(fault => `${at}: ${fault}`))
  }
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 })
    await look(`${width} px`)
  }
  // A browser at 200 % has half as many pixels for twice the text.
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.evaluate('document.documentElement.style.fontSize = "200%"')
  await look('1280 px, text at 200 %')
  await page.evaluate('document.documentElement.style.fontSize = ""')
  if (before) await page.setViewportSize(before)
  return faults
}
