/** What a browser loads, and how long until it paints: the start page, a bundle of 100 images for its receiver, and the list of 10,000 files of one's own. */
import { join } from 'node:path'
import { chromium, type BrowserContext } from 'playwright-core'
import { photo } from '../../test/support/images.ts'
import type { Figure } from './figure.ts'
import { serveFilled } from './filled-storage.ts'
import { median } from './rounds.ts'

const ROUNDS = 5
const FILES = 10_000
const IMAGES = 100
/** A form has at most fifty files. */
const IMAGES_AT_ONCE = 50

export async function measureFirstPaint (folder: string): Promise<Figure[]> {
  const respace = await serveFilled(join(folder, `storage-of-${FILES}`), FILES, 1)
  const bundle = await makeBundle(respace.url)
  const context = await chromium.launchPersistentContext(join(folder, 'browser'), { executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'], headless: true })
  const page = context.pages()[0] ?? await context.newPage()
  await page.goto(`${respace.url}/login`)
  await page.getByLabel('User name or e-mail').fill('alice')
  await page.getByLabel('Password').fill('secret1')
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')])
  const figures: Figure[] = []
  for (const [work, url] of [['the start page', `${respace.url}/`], [`a bundle of ${IMAGES} images`, bundle], [`a list of ${FILES} files`, `${respace.url}/my`]] as const) {
    const loads: Load[] = []
    for (let round = 0; round < ROUNDS; round++) loads.push(await load(context, url))
    const of = (name: keyof Load): number => median(loads.map(load => load[name]))
    const loaded = `${(of('bytes') / 1000).toFixed(0)} KB${of('thumbnails') > 0 ? ` and thumbnails of ${(of('thumbnails') / 1000).toFixed(0)} KB` : ''}`
    figures.push({ work: `${work}: first contentful paint, without a cache`, ours: loaded, theirs: '', value: of('paint'), target: { atMost: 500, unit: 'ms' } })
  }
  await context.close()
  await respace.stop()
  return figures
}

interface Load {
  /** Milliseconds. */
  readonly paint: number
  /** Of the thumbnails, and of all else. */
  readonly thumbnails: number
  readonly bytes: number
}

async function load (context: BrowserContext, url: string): Promise<Load> {
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('Network.enable')
  await session.send('Network.setCacheDisabled', { cacheDisabled: true })
  const thumbnails = new Set<string>()
  const bytes = { thumbnails: 0, others: 0 }
  session.on('Network.requestWillBeSent', ({ requestId, request }) => { if (request.url.includes('/thumbnail')) thumbnails.add(requestId) })
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => { bytes[thumbnails.has(requestId) ? 'thumbnails' : 'others'] += encodedDataLength })
  await page.goto(url, { waitUntil: 'load' })
  const paint = await page.evaluate("new Promise(tell => new PerformanceObserver(list => { for (const { name, startTime } of list.getEntries()) if (name === 'first-contentful-paint') tell(startTime) }).observe({ type: 'paint', buffered: true }))")
  await page.close()
  return { paint: Number(paint), bytes: bytes.others, thumbnails: bytes.thumbnails }
}

/** Its link, once all its thumbnails are made. */
async function makeBundle (url: string): Promise<string> {
  const made = await fetch(`${url}/bundle`, { method: 'POST', body: new URLSearchParams({ title: 'Summer' }), redirect: 'manual' })
  const card = new URL(made.headers.get('location') ?? '', url).href
  const image = await photo(1200, 900)
  for (let first = 0; first < IMAGES; first += IMAGES_AT_ONCE) {
    const form = new FormData()
    for (let i = first; i < first + IMAGES_AT_ONCE; i++) form.append('userfile', new Blob([image]), `photo ${i}.jpg`)
    const sent = await fetch(`${card}/files`, { method: 'POST', body: form, redirect: 'manual' })
    if (sent.status !== 303) throw new Error(`images were answered ${sent.status}: ${await sent.text()}`)
  }
  const link = /href="([^"]*\/folder\/\w+)"/.exec(await (await fetch(card)).text())?.[1]
  if (link === undefined) throw new Error('the card has no link')
  const shared = new URL(link, url).href
  for (;;) {
    const count = (await (await fetch(shared)).text()).match(/\/thumbnail/g)?.length ?? 0
    if (count >= IMAGES) return shared
    await new Promise(resolve => { setTimeout(resolve, 200) })
  }
}
