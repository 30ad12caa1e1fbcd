/** The state of a file after its limit: blocked, deleted or moved. */
import type { Actor } from '../run/actor.ts'
import type { Exchange } from '../client/exchange.ts'
import { get, isDead, linksOf, statusOf, type Links } from './file-links.ts'
import { seeFile, type Seen } from './listings.ts'
import { summaryOf, type Reply } from '../client/reply.ts'
import type { Stage } from '../run/stage.ts'
import { until } from '../client/until.ts'

export interface Limited {
  readonly links: Links
  /** Shows that it could be downloaded before. */
  readonly control: Exchange
}

export interface Looks {
  /** undefined: the target has no pages. */
  readonly page: Exchange | undefined
  readonly link: Exchange
  readonly info: Reply
  readonly own: Seen
}

/** What everybody sees of the file, and what its owner sees. */
export async function look (stage: Stage, actor: Actor, { id, page, direct }: Links): Promise<Looks> {
  const info = await actor.call('download.getInfo', { file_id: id })
  const own = await seeFile(actor, id)
  return { info, own, link: await get(stage, direct), page: stage.context.target.features.pages ? await get(stage, page) : undefined }
}

const toldOf = ({ page, link, info, own }: Looks): string =>
  `page HTTP ${page === undefined ? 'none' : statusOf(page)}, link HTTP ${statusOf(link)}, download.getInfo: ${summaryOf(info)}, files.getInfo: ${summaryOf(own.reply)}`

const allOf = ({ control }: Limited, { page, link, info, own }: Looks): ReadonlyArray<Reply | Exchange> => [control, own.reply, ...page === undefined ? [] : [page], link, info]

/** `wait` is for a server that carries out the action a little later. */
export async function judgeBlocked (stage: Stage, actor: Actor, { must, should }: { readonly must: string, readonly should?: string }, file: Limited, wait?: number): Promise<void> {
  const isClosed = ({ link, info }: Looks): boolean => statusOf(link) >= 400 && info.code > 0
  const seen = await until(async () => look(stage, actor, file.links), isClosed, wait)
  stage.judge(must, isClosed(seen) && seen.own.reply.code === 0, { expected: 'closed to all, and visible to its owner', got: toldOf(seen), on: allOf(file, seen) })
  if (should === undefined) return
  const isAsSaid = statusOf(seen.link) === 403 && (seen.page === undefined || statusOf(seen.page) === 403) && seen.info.code === 11
  stage.judge(should, isAsSaid, { expected: 'HTTP 403 for page and link, error 11', got: toldOf(seen), on: allOf(file, seen) })
}

export async function judgeDeleted (stage: Stage, actor: Actor, id: string, file: Limited, wait?: number): Promise<void> {
  const isGone = ({ page, link, info, own }: Looks): boolean => isDead(link) && (page === undefined || isDead(page)) && info.code === 9 && own.reply.code === 9
  const seen = await until(async () => look(stage, actor, file.links), isGone, wait)
  stage.judge(id, isGone(seen), { expected: 'HTTP 404 for page and link, error 9', got: toldOf(seen), on: allOf(file, seen) })
}

export async function judgeMoved (stage: Stage, actor: Actor, { must, should }: { readonly must: string, readonly should?: string }, file: Limited, target: string, wait?: number): Promise<void> {
  // Some servers move the file only when its link is requested.
  const { own } = await until(async () => look(stage, actor, file.links), ({ own: { now } }) => now.folder_id === target, wait)
  const { now, reply } = own
  const isThere = now.folder_id === target
  const bytes = isThere ? await get(stage, (await linksOf(actor, file.links.id)).direct) : undefined
  const isServed = bytes !== undefined && bytes.answer?.body.equals(file.control.answer?.body ?? Buffer.alloc(0)) === true
  stage.judge(must, isServed, {
    expected: `folder_id "${target}", and the bytes`, got: `folder_id "${now.folder_id ?? ''}"${bytes === undefined ? '' : `, link HTTP ${statusOf(bytes)}`}`, on: [file.control, ...bytes === undefined ? [] : [bytes], reply]
  })
  if (should === undefined) return
  const left = ['time_limit', 'download_limit', 'limit_action', 'limit_action_to_folder'].filter(name => !['', '0', undefined].includes(now[name]))
  stage.judge(should, isThere && left.length === 0, { expected: 'no limit and no action', got: isThere ? left.map(name => `${name} "${now[name] ?? ''}"`).join(', ') : 'it is not moved', on: [file.control, reply] })
}
