/** Pictures of pages for the eye, in the git-ignored folder `screenshots/`: light, dark and on a narrow phone. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'

const FOLDER = join(import.meta.dirname, '../../screenshots')

/** Pixels. */
const LONGEST = 10_000

/** Takes the three pictures of a page as it stands; whether it fits the narrow one without scrolling sideways. */
export async function takeScreenshot (page: Page, name: string): Promise<boolean> {
  await mkdir(FOLDER, { recursive: true })
  await page.waitForLoadState()
  const before = page.viewportSize()
  // Of a page that is a whole book the beginning is enough.
  const take = async (look: string) => page.screenshot({ path: join(FOLDER, `${name}-${look}.png`), fullPage: Number(await page.evaluate('document.documentElement.scrollHeight')) < LONGEST })
  await page.setViewportSize({ width: 1100, height: 800 })
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
  await take('dark')
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  await take('light')
  await page.setViewportSize({ width: 320, height: 640 })
  await take('phone')
  const isFitting = await page.evaluate('document.documentElement.scrollWidth <= innerWidth') === true
  if (before) await page.setViewportSize(before)
  return isFitting
}
