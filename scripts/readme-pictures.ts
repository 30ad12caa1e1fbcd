/** Makes the pictures of the README from a running server in Chromium: `npx tsx scripts/readme-pictures.ts`. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { openBrowser } from '../test/support/browser.ts'
import { drawing } from '../test/support/images.ts'
import { startServer, temporaryFolder } from '../test/support/server.ts'
import { until } from '../test/support/wait-until.ts'
import { landscape } from './landscape.ts'

const FOLDER = join(import.meta.dirname, '../docs/images')
const ADDRESS = 'https://example.org'
const PLACES = ['Seceda', 'Braies', 'Tre Cime', 'Siusi', 'Lagazuoi', 'Giau', 'Sorapis', 'Croda', 'Funes']
const LIGHTS = ['at dawn', 'by day', 'at sunset', 'in spring', 'at night', 'in autumn']
const TEXTS = { 'Route.gpx': '<gpx version="1.1"><trk><name>Day 1</name></trk></gpx>', 'Huts.md': '# Huts\n\n| night | hut |\n|---|---|\n| 1 | Rifugio Firenze |\n', 'Packing list.txt': 'Boots\nRope\nChocolate\n' }

const endings: Array<() => unknown> = []
const t = { teardown: (end: () => unknown) => { endings.unshift(end) } }

try {
  const server = await startServer(t, { settings: { publicUrl: ADDRESS }, overrides: { clock: { now: () => Date.now(), sleep: async milliseconds => setTimeout(milliseconds) } } })
  const { sql } = server.app.ports
  const page = await openBrowser(t)
  await page.setViewportSize({ width: 1100, height: 800 })
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  await page.goto(server.url)
  await page.locator('#userfile').setInputFiles(await writeTrip())
  await page.locator('.share .contents li').nth(29).waitFor()
  const settings = page.locator('.share details', { hasText: 'Title, message' })
  await settings.locator('summary').click()
  await page.getByLabel('Title').fill('A week in the Dolomites')
  await page.getByLabel('Message').fill('All the pictures, the route and the huts. Take what you like!')
  await page.locator('.settings button[type=submit]').click()
  // It says that they are saved, as after every change; most cards are never changed.
  await page.getByText('Saved.').waitFor()
  await page.evaluate('document.querySelector(".share > :first-child").remove()')
  await until('every picture has a thumbnail', async () => (await sql.all('select file_id from thumbnails')).length === 27)
  await take(page, 'share')

  const [bundle] = await sql.all('select folder_id from bundles') as ReadonlyArray<{ readonly folder_id: string }>
  await page.goto(`${server.url}/folder/${bundle?.folder_id ?? ''}`)
  await page.getByRole('link', { name: 'Grid' }).click()
  await take(page, 'receive')
} finally {
  for (const end of endings) await end()
}

/** The paths of thirty files. */
async function writeTrip (): Promise<string[]> {
  const folder = await temporaryFolder(t)
  const files = new Map<string, Buffer | string>(Object.entries(TEXTS))
  for (let i = 0; i < 27; i++) files.set(`${PLACES[Math.floor(i / 3)] ?? ''} ${LIGHTS[i % 6] ?? ''}.jpg`, await landscape(i))
  await Promise.all([...files].map(async ([name, bytes]) => writeFile(join(folder, name), bytes)))
  return [...files.keys()].map(name => join(folder, name))
}

/** Without the place of the scroll bar; with a palette a picture has a third of its bytes. */
async function take (page: Page, name: string): Promise<void> {
  await page.waitForLoadState('networkidle')
  await page.evaluate('scrollTo(0, 0)')
  const picture = await (await drawing())(await page.screenshot({ clip: { x: 0, y: 0, width: 1085, height: 800 } })).toFormat('png', { palette: true, quality: 90, effort: 10 }).toBuffer()
  await mkdir(FOLDER, { recursive: true })
  await writeFile(join(FOLDER, `${name}.png`), picture)
  console.log(`${name}.png: ${Math.round(picture.length / 1024)} KiB`)
}
