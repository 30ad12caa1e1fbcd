/** Contract, deleting by link: only a POST deletes. */
import { anonymousUpload } from '../../steps/anonymous-upload.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { Untested } from '../../check-problems.ts'
import { textOf as bodyOf, type Exchange } from '../../client/exchange.ts'
import { get, isDead, requirePages, statusOf, unescaped } from '../../steps/file-links.ts'
import type { Stage } from '../../run/stage.ts'
import { until } from '../../client/until.ts'

interface DeletableFile {
  readonly name: string
  readonly page: string
  readonly deletion: string
}

interface Try {
  readonly about: string
  act (stage: Stage, file: DeletableFile): Promise<Exchange>
  /** The expected status; default: any. */
  isRight? (exchange: Exchange, file: DeletableFile): boolean
}

/** Requests that must not delete the file. */
const TRIES: Readonly<Record<string, Try>> = {
  'delete/form': {
    about: 'GET of delete_url shows the file and a form, and deletes nothing',
    act: async (stage, { deletion }) => get(stage, deletion),
    isRight: (exchange, { name }) => statusOf(exchange) === 200 && /<form[^>]*\bmethod="?post\b/i.test(bodyOf(exchange)) && unescaped(bodyOf(exchange)).includes(name)
  },
  'delete/head': { about: 'HEAD of delete_url deletes nothing', act: async (stage, { deletion }) => get(stage, deletion, {}, 'HEAD') },
  'delete/wrong-code': {
    about: 'POST with another code is 403, 404 or 410, and deletes nothing',
    act: async (stage, { deletion }) => get(stage, deletion.replace(/.$/, last => last === '0' ? '1' : '0'), {}, 'POST'),
    isRight: isDead
  },
  'delete/action-1-off': { about: 'GET of delete_url with ?action=1 deletes nothing unless that is switched on', act: async (stage, { deletion }) => get(stage, `${deletion}?action=1`) }
}

export const deleteLinkScenarios: readonly Scenario[] = [{
  name: 'delete',
  needs: [],
  checks: [
    ...Object.entries(TRIES).map(([id, { about }]) => declare(id, 'must', 'choice', about)),
    declare('delete/post', 'must', 'guide', 'POST of delete_url deletes the file')
  ],
  async play (stage) {
    requirePages(stage.context)
    await Promise.all([judgePost(stage), ...Object.entries(TRIES).map(async ([id, tried]) => judgeTry(stage, id, tried))])
  }
}, {
  name: 'delete/by-get',
  needs: ['state:delete-by-get'],
  checks: [declare('delete/action-1', 'should', 'observed', 'where it is enabled, GET of delete_url with ?action=1 deletes the file')],
  play: async stage => stage.inState('delete-by-get', async () => {
    requirePages(stage.context)
    const { page, deletion } = await deletableFile(stage)
    const byGet = await get(stage, `${deletion}?action=1`)
    const gone = await until(async () => get(stage, page), isDead)
    stage.judge('delete/action-1', isDead(gone), { expected: 'HTTP 404 for the page', got: `HTTP ${statusOf(byGet)}, then HTTP ${statusOf(gone)} for the page`, on: [byGet, gone] })
  })
}]

async function judgePost (stage: Stage): Promise<void> {
  const { page, deletion } = await deletableFile(stage)
  const post = await get(stage, deletion, {}, 'POST')
  const gone = await until(async () => get(stage, page), isDead)
  stage.judge('delete/post', isDead(gone), { expected: 'HTTP 404 for the page', got: `HTTP ${statusOf(post)}, then HTTP ${statusOf(gone)} for the page`, on: [post, gone] })
}

/** The correct POST afterwards shows that the file could have been deleted. */
async function judgeTry (stage: Stage, id: string, { act, isRight = () => true }: Try): Promise<void> {
  const file = await deletableFile(stage)
  const tried = await act(stage, file)
  const kept = await get(stage, file.page)
  const post = await get(stage, file.deletion, {}, 'POST')
  const gone = await until(async () => get(stage, file.page), isDead)
  if (isDead(gone)) stage.judge(id, statusOf(kept) === 200 && isRight(tried, file), { expected: 'HTTP 200 for the page afterwards', got: `HTTP ${statusOf(tried)}, then HTTP ${statusOf(kept)} for the page`, on: [post, kept, tried] })
  else stage.leave(id, `a file that POST deletes is needed: HTTP ${statusOf(post)}, then HTTP ${statusOf(gone)} for the page`, [post, gone])
}

/** Uploads a file without an account, whose page must work. Throws Untested when that fails. */
async function deletableFile (stage: Stage): Promise<DeletableFile> {
  const name = 'check-delete.bin'
  const sent = await anonymousUpload(stage, { name, bytes: 'to be deleted' })
  const [page = '', deletion = ''] = ['download_url', 'delete_url'].map(element => unescaped(new RegExp(`<${element}>([^<]*)</${element}>`).exec(bodyOf(sent))?.[1] ?? ''))
  if (!URL.canParse(page) || !URL.canParse(deletion)) throw new Untested('the links of an anonymous upload are needed first', [sent])
  const there = await get(stage, page)
  if (statusOf(there) !== 200) throw new Untested(`a working page is needed first: HTTP ${statusOf(there)}`, [sent, there])
  return { name, page, deletion }
}
