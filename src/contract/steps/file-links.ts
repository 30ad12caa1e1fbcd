/** Links of a file as browsers and download managers use them. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Actor, NewFile } from '../run/actor.ts'
import { Untested } from '../check-problems.ts'
import { textOf as bodyOf, type Exchange, type Header } from '../client/exchange.ts'
import { filesOf, seeFile } from './listings.ts'
import { allOf, openSocket, readRawAnswer, requestHead, type RawAnswer } from '../client/raw-socket.ts'
import type { Reply } from '../client/reply.ts'
import type { Stage } from '../run/stage.ts'
import { until } from '../client/until.ts'
import { requireOk, type Params, type RunContext } from '../run/run-context.ts'

/** Statuses of a dead link. */
const DEAD: readonly number[] = [403, 404, 410]

export const statusOf = ({ answer }: Exchange): number => answer?.status ?? 0
export const isDead = (exchange: Exchange): boolean => DEAD.includes(statusOf(exchange))
export const isWhole = (exchange: Exchange, bytes: Buffer): boolean => statusOf(exchange) === 200 && exchange.problem === undefined && exchange.answer?.body.equals(bytes) === true

export interface Links {
  readonly id: string
  readonly name: string
  readonly page: string
  readonly direct: string
  readonly reply: Reply
}

/** Throws Untested when files.getInfo does not list them. */
export async function linksOf (actor: Actor, id: string): Promise<Links> {
  const reply = requireOk('files.getInfo', await actor.call('files.getInfo', { file_id: id }))
  const { name = '', download_page_url: page = '', direct_download_url: direct = '' } = filesOf(reply)[0] ?? {}
  if (!URL.canParse(page) || !URL.canParse(direct)) throw new Untested('the links of a file are needed first, and are not URLs', [reply.exchange])
  return { id, name, page, direct, reply }
}

/** Uploads a file, changes it with files.setInfo, and returns its links. Throws Untested when that fails. */
export async function linkedFile (actor: Actor, file: NewFile, change: Params = {}): Promise<Links> {
  const id = await actor.file(file)
  if (Object.keys(change).length > 0) requireOk('files.setInfo', await actor.call('files.setInfo', { file_id: id, ...change }))
  return linksOf(actor, id)
}

/** Bytes in which no two pieces are equal. */
export const someBytes = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) % 251))

/** Throws Untested when the target file declares no pages. */
export function requirePages ({ target }: RunContext): void {
  if (!target.features.pages) throw new Untested('the target file declares no pages (features: pages)')
}

/** The URL of another page on the host of the file's page. */
export const beside = (page: string, path: string): string => page.replace(/\/file\/[^/]*$/, '') + path

/** The direct link on a page; undefined when there is none. */
export function linkOn (page: Exchange): string | undefined {
  const found = /<a [^>]*class="download_page_button[^>]*href="([^"]+)"/.exec(bodyOf(page)) ?? /href="([^"]*\/dl\/[^"]+)"/.exec(bodyOf(page))
  return found?.[1] === undefined ? undefined : addressIn(found[1], page)
}

/** The value of an href, as an absolute URL; undefined when it is not a URL. */
export function addressIn (href: string, page: Exchange): string | undefined {
  const text = unescaped(href)
  return URL.canParse(text, page.request.url) ? new URL(text, page.request.url).href : undefined
}

/** Decodes HTML text; covers only the character references in our names. */
export const unescaped = (html: string): string =>
  html.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#34;', '"').replaceAll('&#39;', '\'').replaceAll('&#x27;', '\'').replaceAll('&amp;', '&')

export interface Count {
  readonly reply: Reply
  /** NaN when missing. */
  readonly downloads: number
}

/** The number of downloads; read repeatedly until it is as expected, because a download counts after its last byte. */
export async function countOf (actor: Actor, id: string, wanted: number, most?: number): Promise<Count> {
  return until(async () => {
    const { reply, now } = await seeFile(actor, id)
    return { reply, downloads: Number(now.downloads ?? Number.NaN) }
  }, ({ downloads }) => downloads >= wanted, most)
}

/** GETs the same link several times at once, each on a separate connection. */
export async function race (url: string, times: number): Promise<ReadonlyArray<RawAnswer | undefined>> {
  const sockets = await Promise.all(Array.from({ length: times }, () => openSocket(url)))
  const answers = sockets.map(socket => allOf(socket, 30_000))
  for (const socket of sockets) socket.write(requestHead(url, {}))
  return (await Promise.all(answers)).map(readRawAnswer)
}

export interface Running {
  readonly status: number
  /** Aborts it. */
  end (): void
}

/** Starts a GET and reads only its first bytes. */
export async function begin (url: string): Promise<Running> {
  const socket = await openSocket(url)
  const first = new Promise<Buffer>(resolve => {
    socket.once('data', (chunk: Buffer) => {
      socket.pause()
      resolve(chunk)
    })
    socket.on('error', () => { resolve(Buffer.alloc(0)) })
    socket.on('close', () => { resolve(Buffer.alloc(0)) })
  })
  socket.write(requestHead(url, {}))
  const head = await Promise.race([first, wait(30_000, Buffer.alloc(0), { ref: false })])
  return { status: readRawAnswer(head)?.status ?? 0, end: () => { if (socket.constructor.name === 'TLSSocket') socket.destroy(); else socket.resetAndDestroy() } }
}

/** How a report shows exchanges on separate connections. */
export const rawExchange = (url: string, answer: RawAnswer | undefined): Exchange => ({
  request: { method: 'GET', url, headers: [], body: Buffer.alloc(0) },
  answer: answer === undefined ? undefined : { status: answer.status, headers: headersOf(answer.head), body: answer.body },
  problem: answer === undefined ? 'no answer' : undefined,
  milliseconds: 0
})

const headersOf = (head: string): readonly Header[] => head.split('\r\n').slice(1).map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()])

/** A GET with headers. */
export const get = (stage: Stage, url: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Exchange> =>
  stage.send({ method, url, headers: Object.entries(headers) })
