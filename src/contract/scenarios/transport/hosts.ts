/** Contract, transport: the hosts in links, paths outside the API, and no cookies. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { headerOf, textOf as bodyOf } from '../../client/exchange.ts'
import { get, statusOf } from '../../steps/file-links.ts'
import { seeProgress } from '../../steps/upload-progress.ts'
import { exchangeOf } from '../../steps/unusual-call.ts'
import { exchangeRaw, requestHead } from '../../client/raw-socket.ts'
import { valueIn } from '../../client/reply-values.ts'
import { judgeRefusal } from '../../steps/refusal.ts'
import { readReply, type Reply } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'
import { mainAccount, tryLogin } from '../../steps/login.ts'
import type { Params } from '../../run/run-context.ts'

const API = 'api.sendspace.com'
const WWW = 'www.sendspace.com'

export const hostScenarios: readonly Scenario[] = [{
  name: 'transport/hosts',
  needs: ['account'],
  checks: [
    declare('public/www-links', 'should', 'observed', 'called as api.sendspace.com, it begins links with www.sendspace.com, scheme and port kept'),
    declare('public/ticket-host', 'should', 'choice', 'called as api.sendspace.com, it keeps that host in the addresses of a ticket')
  ],
  async play (stage) {
    if (stage.context.target.publicUrl !== undefined) {
      for (const id of ['public/www-links', 'public/ticket-host']) stage.leave(id, 'the target file names the host of all links (publicUrl)')
      return
    }
    const actor = await stage.main()
    const { protocol, port } = new URL(stage.context.target.rest)
    const suffix = port === '' ? '' : `:${port}`
    const ask = (method: string, params: Params = {}): Promise<Reply> => callAs(stage, `${API}${suffix}`, method, { session_key: actor.key, ...params })
    const [file, folder, ticket] = [await ask('files.getInfo', { file_id: await actor.file() }), await ask('folders.getInfo', { folder_id: await actor.folder({ shared: '1' }) }), await ask('upload.getInfo')]
    for (const [reply, element, name] of [[file, 'file', 'download_page_url'], [folder, 'folder', 'public_url'], [folder, 'folder', 'rss_url']] as const) {
      const link = valueIn(reply, element, name)
      stage.judge('public/www-links', link.startsWith(`${protocol}//${WWW}${suffix}/`), { expected: `${name} on ${WWW}${suffix}`, got: link, on: reply })
    }
    for (const name of ['url', 'progress_url']) {
      const link = valueIn(ticket, 'upload', name)
      stage.judge('public/ticket-host', link.startsWith(`${protocol}//${API}${suffix}/`), { expected: `${name} on ${API}${suffix}`, got: link, on: ticket })
    }
  }
}, {
  name: 'transport/no-answers',
  needs: ['account'],
  checks: [
    declare('transport/not-found', 'should', 'choice', 'any other path of the server is 404, and not an answer of the API'),
    declare('transport/no-cookie', 'must', 'choice', 'a login sets no cookie, and a cookie is no session'),
    declare('progress/no-store', 'should', 'choice', 'progress has Cache-Control: no-store'),
    declare('defaults/api-keys', 'may', 'choice', 'an API key that nobody has registered is known')
  ],
  async play (stage) {
    const { rest } = stage.context.target
    const actor = await stage.main()
    const login = await tryLogin(stage, mainAccount(stage))
    const cookie = headerOf(login.exchange, 'set-cookie')
    stage.judge('transport/no-cookie', login.code === 0 && cookie === undefined, { expected: 'no Set-Cookie', got: cookie ?? `${login.code}`, on: login })
    const control = await actor.call('auth.checkSession')
    const query = new URLSearchParams({ method: 'auth.checkSession' })
    const elsewhere = await get(stage, new URL(`/nothing-of-the-kind-${stage.context.run}`, rest).href)
    stage.judge('transport/not-found', control.code === 0 && statusOf(elsewhere) === 404 && !bodyOf(elsewhere).includes('<result'), { expected: 'HTTP 404', got: `HTTP ${statusOf(elsewhere)}`, on: [control, elsewhere] })
    const byCookie = readReply(await stage.send({ url: `${rest}?${query}`, headers: [['cookie', `session_key=${actor.key}; session=${actor.key}`]] }))
    judgeRefusal(stage, 'transport/no-cookie', { control, reply: byCookie, code: 3 })

    const { exchange } = await seeProgress(stage, (await actor.ticket()).progressUrl)
    const stored = headerOf(exchange, 'cache-control') ?? ''
    stage.judge('progress/no-store', /\bno-store\b/.test(stored), { expected: 'no-store', got: stored, on: exchange })

    const key = Array.from({ length: 10 }, () => Math.floor(Math.random() * 36).toString(36)).join('').toUpperCase()
    const token = await stage.call('auth.createToken', { api_key: key, api_version: stage.version })
    stage.judge('defaults/api-keys', token.code === 0, { expected: 'status ok', on: token })
  }
}]

/** Sends a call as a client does for which that name resolves to the target. */
async function callAs ({ context: { target } }: Stage, host: string, method: string, params: Params): Promise<Reply> {
  const url = `${target.rest}?${new URLSearchParams({ method, ...params as Record<string, string> })}`
  const head = requestHead(url, { host })
  return readReply(exchangeOf(url, head, await exchangeRaw(url, head)))
}
