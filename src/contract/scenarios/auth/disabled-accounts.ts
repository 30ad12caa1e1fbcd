/** Contract, disabled accounts: nothing of them is visible until they are enabled again. */
import type { Actor, Ticket } from '../../run/actor.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { textOf as bodyOf, type Exchange } from '../../client/exchange.ts'
import { get, isDead, linkedFile, linkOn, statusOf } from '../../steps/file-links.ts'
import { seeFolder } from '../../steps/listings.ts'
import { judgeRefusal } from '../../steps/refusal.ts'
import type { Reply } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'
import { guideParts, sendParts, shownAnswer, uploadCode } from '../../steps/upload-forms.ts'

interface Owned {
  readonly key: string
  readonly file: string
  readonly folder: string
  readonly ticket: Ticket
  readonly uploaded: Exchange
  readonly checked: Reply
  readonly download: Reply
  readonly shared: Reply
  /** The links that worked before. */
  readonly links: readonly string[]
  readonly before: readonly Exchange[]
}

const IDS = ['auth.login/disabled-session', 'auth.login/disabled-ticket', 'auth.login/disabled-files', 'auth.login/disabled-folders', 'auth.login/disabled-links', 'auth.login/disabled-no-more']

export const disabledAccountScenarios: readonly Scenario[] = [{
  name: 'auth.login/disabled-things',
  needs: ['account', 'state:disabled'],
  checks: [
    declare('auth.login/disabled-session', 'should', 'choice', 'a session of a disabled account is 6'),
    declare('auth.login/disabled-ticket', 'should', 'choice', 'an upload to a ticket of a disabled account is 16, as XML'),
    declare('auth.login/disabled-files', 'should', 'choice', 'a file of a disabled account is 9 for others'),
    declare('auth.login/disabled-folders', 'should', 'choice', 'a folder of a disabled account is 10 for others'),
    declare('auth.login/disabled-links', 'should', 'choice', 'pages, direct links, feeds and archives of a disabled account are not found'),
    declare('auth.login/disabled-no-more', 'should', 'choice', 'pages, direct links, feeds and archives come back with the account')
  ],
  async play (stage) {
    const other = await stage.main()
    let owned: Owned | undefined
    await stage.inState('disabled', async () => {
      if (owned === undefined) return
      const { key, file, folder, ticket, checked, download, shared, links, before, uploaded } = owned
      judgeRefusal(stage, 'auth.login/disabled-session', { control: checked, reply: await stage.call('folders.getAll', { session_key: key }), code: 6 })
      const sent = await sendParts(stage, other, ticket, await guideParts(other, ticket, 'x'))
      const answer = bodyOf(sent)
      stage.judge('auth.login/disabled-ticket', uploadCode(bodyOf(uploaded)) === 0 && uploadCode(answer) === 16 && answer.startsWith('<?xml'), { expected: 'error 16 as XML', got: shownAnswer(answer), on: [uploaded, sent] })
      judgeRefusal(stage, 'auth.login/disabled-files', { control: download, reply: await other.call('download.getInfo', { file_id: file }), code: 9 })
      judgeRefusal(stage, 'auth.login/disabled-folders', { control: shared, reply: await other.call('folders.getShared', { folder_id: folder }), code: 10 })
      judgeLinks(stage, 'auth.login/disabled-links', before, await fetchAll(stage, links), isDead, 'HTTP 404 for each')
    }, async account => { owned = await prepare(stage, await stage.ownSession(account)) })
    if (owned === undefined) for (const id of IDS) stage.leave(id, 'the account has to own something before it is disabled')
    else judgeLinks(stage, 'auth.login/disabled-no-more', owned.before, await fetchAll(stage, owned.links), exchange => statusOf(exchange) === 200, 'HTTP 200 for each')
  }
}]

async function prepare (stage: Stage, actor: Actor): Promise<Owned> {
  const other = await stage.main()
  const folder = await actor.folder({ shared: '1' })
  const { id: file, page, direct } = await linkedFile(actor, { fields: { folder_id: folder } })
  const { now: { public_url: publicUrl = '', rss_url: rssUrl = '' } } = await seeFolder(actor, folder)
  const ticket = await actor.ticket()
  const shown = stage.context.target.features.pages ? await get(stage, page) : undefined
  const button = shown === undefined ? undefined : linkOn(shown)
  const links = [direct, ...shown === undefined ? [] : [page, publicUrl, `${publicUrl}/zip`, rssUrl, ...button === undefined ? [] : [button]]].filter(link => URL.canParse(link))
  return {
    key: actor.key,
    file,
    folder,
    ticket,
    uploaded: await sendParts(stage, actor, ticket, await guideParts(actor, ticket, 'x')),
    checked: await actor.call('folders.getAll'),
    download: await other.call('download.getInfo', { file_id: file }),
    shared: await other.call('folders.getShared', { folder_id: folder }),
    links,
    before: await fetchAll(stage, links)
  }
}

const fetchAll = (stage: Stage, links: readonly string[]): Promise<Exchange[]> => Promise.all(links.map(async link => get(stage, link)))

/** Of the links that worked before. */
function judgeLinks (stage: Stage, id: string, before: readonly Exchange[], now: readonly Exchange[], isGood: (exchange: Exchange) => boolean, expected: string): void {
  const led = now.filter((_, i) => before[i] !== undefined && statusOf(before[i]) === 200)
  const odd = led.find(exchange => !isGood(exchange))
  if (led.length === 0) stage.leave(id, 'working links are needed first', before)
  else stage.judge(id, odd === undefined, { expected, got: odd === undefined ? 'so' : `HTTP ${statusOf(odd)} for ${new URL(odd.request.url).pathname}`, on: [...before, ...led, ...odd === undefined ? [] : [odd]] })
}
