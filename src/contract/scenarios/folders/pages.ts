/** Contract, folder pages: everybody sees a public folder, and nothing of a private one. */
import type { Actor } from '../../run/actor.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { Untested } from '../../check-problems.ts'
import { textOf as bodyOf, type Exchange } from '../../client/exchange.ts'
import { get, isDead, requirePages, statusOf, unescaped } from '../../steps/file-links.ts'
import { seeFolder } from '../../steps/listings.ts'
import type { Stage } from '../../run/stage.ts'
import { requireOk } from '../../run/run-context.ts'
import { childOf, childrenOf, parseXml, type XmlElement } from '../../client/xml.ts'

const NAMES = ['check-one.bin', 'check-two.bin'] as const
const ODD = 'R&D <1> "2".bin'

export const folderPageScenarios: readonly Scenario[] = [{
  name: 'folder/page',
  needs: ['account'],
  checks: [
    declare('folder/page', 'must', 'guide', 'public_url of a public folder is a page that lists its files'),
    declare('folder/inner-private', 'must', 'choice', 'a private subfolder is not shown on the page of a public folder'),
    declare('folder/rss', 'must', 'guide', 'rss_url of a public folder is well-formed RSS 2.0 with an item for each file'),
    declare('folder/rss-escaped', 'must', 'choice', 'names with & and < come back from the feed through a strict parser'),
    declare('folder/private', 'should', 'choice', 'page and feed of a private folder are 404'),
    declare('folder/unshared', 'must', 'choice', 'page and feed are gone as soon as a folder is private again')
  ],
  async play (stage) {
    requirePages(stage.context)
    const actor = await stage.main()
    const id = await actor.folder({ shared: '1' })
    const { page: publicUrl, feed: rssUrl } = await addressesOf(actor, id)
    for (const name of NAMES) await actor.file({ name, fields: { folder_id: id } })
    requireOk('folders.create', await actor.call('folders.create', { name: 'check-hidden', parent_folder_id: id, shared: '0' }))
    requireOk('folders.create', await actor.call('folders.create', { name: 'check-shown', parent_folder_id: id, shared: '1' }))

    const page = await get(stage, publicUrl)
    const html = unescaped(bodyOf(page))
    const missing = NAMES.filter(name => !html.includes(name))
    stage.judge('folder/page', statusOf(page) === 200 && missing.length === 0, { expected: 'HTTP 200 and both files', got: `HTTP ${statusOf(page)}, without ${missing.join(', ')}`, on: page })
    if (statusOf(page) === 200) stage.judge('folder/inner-private', !html.includes('check-hidden'), { expected: 'no "check-hidden"', got: 'its name is listed', on: page })
    else stage.leave('folder/inner-private', `the page is needed first: HTTP ${statusOf(page)}`, [page])

    const feed = await get(stage, rssUrl)
    const [items, problem] = itemsIn(feed)
    stage.judge('folder/rss', items.length === NAMES.length && NAMES.every(name => items.some(item => item.includes(name))), { expected: 'RSS 2.0 with two items', got: `HTTP ${statusOf(feed)}, ${problem ?? items.join(', ')}`, on: feed })
    await judgeOdd(stage, actor)
    await judgePrivate(stage, actor, { page, feed })

    const set = await actor.call('folders.setInfo', { folder_id: id, shared: '0' })
    const [pageAfter, feedAfter] = [await get(stage, publicUrl), await get(stage, rssUrl)]
    if (set.code !== 0 || statusOf(page) !== 200 || statusOf(feed) !== 200) stage.leave('folder/unshared', `page and feed are needed first: HTTP ${statusOf(page)}, HTTP ${statusOf(feed)}`, [page, feed, set.exchange])
    else stage.judge('folder/unshared', isDead(pageAfter) && isDead(feedAfter), { expected: 'HTTP 404 for both', got: `HTTP ${statusOf(pageAfter)} and ${statusOf(feedAfter)}`, on: [page, feed, set, feedAfter, pageAfter] })
  }
}]

/** Throws Untested when folders.getInfo does not return them. */
async function addressesOf (actor: Actor, id: string): Promise<{ readonly page: string, readonly feed: string }> {
  const { reply, now: { public_url: page = '', rss_url: feed = '' } } = await seeFolder(actor, id)
  if (!URL.canParse(page) || !URL.canParse(feed)) throw new Untested('public_url and rss_url are needed first, and are not URLs', [reply.exchange])
  return { page, feed }
}

/** The page and feed of a public folder are the control: those of the private one would be found. */
async function judgePrivate (stage: Stage, actor: Actor, { page, feed }: { readonly page: Exchange, readonly feed: Exchange }): Promise<void> {
  const hidden = await addressesOf(actor, await actor.folder({ shared: '0' }))
  const [noPage, noFeed] = [await get(stage, hidden.page), await get(stage, hidden.feed)]
  if (statusOf(page) === 200 && statusOf(feed) === 200) stage.judge('folder/private', statusOf(noPage) === 404 && statusOf(noFeed) === 404, { expected: 'HTTP 404 for both', got: `HTTP ${statusOf(noPage)} and ${statusOf(noFeed)}`, on: [page, feed, noFeed, noPage] })
  else stage.leave('folder/private', `page and feed of a public folder are needed first: HTTP ${statusOf(page)}, HTTP ${statusOf(feed)}`, [page, feed])
}

async function judgeOdd (stage: Stage, actor: Actor): Promise<void> {
  const id = await actor.folder({ shared: '1', name: 'R&D <check>' })
  const file = await actor.file({ fields: { folder_id: id } })
  const named = await actor.call('files.setInfo', { file_id: file, name: ODD, description: 'A & B < C' })
  if (named.code !== 0) {
    stage.leave('folder/rss-escaped', `a file named ${ODD} is needed first`, [named.exchange])
    return
  }
  const feed = await get(stage, (await addressesOf(actor, id)).feed)
  const [items, problem] = itemsIn(feed)
  stage.judge('folder/rss-escaped', items.length === 1 && items[0]?.includes(ODD) === true, { expected: ODD, got: problem ?? items.join(), on: [named, feed] })
}

/** The text of its items, or why it is not a feed. */
function itemsIn (feed: Exchange): readonly [items: readonly string[], problem: string | undefined] {
  let root: XmlElement
  try {
    root = parseXml(bodyOf(feed))
  } catch (error) {
    return [[], error instanceof Error ? error.message.trim() : String(error)]
  }
  if (statusOf(feed) !== 200 || root.name !== 'rss' || root.attributes.version !== '2.0') return [[], `<${root.name} version="${root.attributes.version ?? ''}">`]
  return [childrenOf(childOf(root, 'channel'), 'item').map(({ children }) => children.map(({ text }) => text).join(' ')), undefined]
}
