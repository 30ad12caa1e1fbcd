/** Contract, transport: proxies, connections, parallel calls, HTTPS. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import type { Exchange } from '../../client/exchange.ts'
import { exchangeOf, isToken, tokenCall } from '../../steps/unusual-call.ts'
import { converse, exchangeRaw, requestHead, type RawAnswer } from '../../client/raw-socket.ts'
import { readReply, summaryOf, type Reply } from '../../client/reply.ts'
import { callSecurely, secureEndpoint } from '../../steps/https.ts'
import type { Stage } from '../../run/stage.ts'
import { attributeOf } from '../../run/run-context.ts'
import { childOf } from '../../client/xml.ts'

const SENDSPACE = ['api.sendspace.com', 'www.sendspace.com', 'sendspace.com']
const FOREIGN = 'respace-check.example.org'

const CALLS_IN_A_ROW = 20
const CALLS_AT_ONCE = 32

export const connectionScenarios: readonly Scenario[] = [{
  name: 'transport/proxy',
  needs: [],
  checks: [
    declare('transport/absolute-form-own', 'should', 'choice', 'GET http://HOST/rest/… for its own host is answered'),
    declare('transport/absolute-form-sendspace', 'should', 'choice', 'in proxy mode GET http://HOST/rest/… is answered for api.sendspace.com, www.sendspace.com and sendspace.com'),
    declare('transport/absolute-form-foreign', 'must', 'choice', 'a request in absolute form for any other host is 403: no open proxy'),
    declare('transport/connect-refused', 'must', 'choice', 'CONNECT is refused')
  ],
  async play (stage) {
    const { rest, features, control } = stage.context.target
    const { host, pathname, protocol } = new URL(rest)
    const query = String(new URLSearchParams(tokenCall(stage)))
    const own = await absolute(stage, `${protocol}//${host}${pathname}?${query}`, host)
    stage.judge('transport/absolute-form-own', isToken(own), { expected: 'a token', on: own })
    for (const name of SENDSPACE) {
      // The emulator is a proxy for programs that use http_proxy.
      if (!features.proxyMode && control === undefined) stage.leave('transport/absolute-form-sendspace', 'the target file does not declare proxy mode (features: proxyMode: yes)')
      else {
        const reply = await absolute(stage, `http://${name}/rest/?${query}`, name)
        stage.judge('transport/absolute-form-sendspace', isToken(reply), { expected: `a token for ${name}`, on: reply })
      }
    }
    // A server that refuses everything would pass these checks, so a plain call must work.
    const { method, ...params } = tokenCall(stage)
    const plain = await stage.call(method, params)
    if (!isToken(plain)) {
      for (const id of ['transport/absolute-form-foreign', 'transport/connect-refused']) stage.leave(id, `a plain call failed, too: ${summaryOf(plain)}`, [plain.exchange])
      return
    }
    const foreign = await absolute(stage, `http://${FOREIGN}/rest/?${query}`, FOREIGN)
    stage.judge('transport/absolute-form-foreign', foreign.exchange.answer?.status === 403, { expected: 'HTTP 403', got: statusOf(foreign.exchange), on: [plain, foreign] })
    const asked = `CONNECT ${FOREIGN}:443 HTTP/1.1\r\nHost: ${FOREIGN}:443\r\n\r\n`
    const tunnel = exchangeOf(rest, asked, await exchangeRaw(rest, asked))
    const status = tunnel.answer?.status ?? 0
    // Closing the connection without an answer is a refusal, too.
    stage.judge('transport/connect-refused', !(status >= 200 && status < 300), { expected: 'no HTTP 2xx', got: statusOf(tunnel), on: [plain, tunnel] })
  }
}, {
  name: 'transport/one-connection',
  needs: [],
  checks: [
    declare('transport/keep-alive', 'must', 'guide', 'twenty calls on one connection get twenty answers in order'),
    declare('transport/pipelined', 'may', 'choice', 'two pipelined calls get two answers in order')
  ],
  async play (stage) {
    for (const [id, count, isPipelined] of [['transport/keep-alive', CALLS_IN_A_ROW, false], ['transport/pipelined', 2, true]] as const) {
      const { rest } = stage.context.target
      const requests = Array.from({ length: count }, (_, i) => requestHead(`${rest}?${toldApart(i).query}`, { connection: 'keep-alive', 'x-respace-check': id }))
      const answers = await converse(rest, requests, isPipelined)
      const wrong = requests.findIndex((_, i) => codeOf(answers[i]) !== toldApart(i).code)
      stage.judge(id, wrong === -1, {
        expected: `${count} answers in order`,
        got: wrong === -1 ? `${count} answers in order` : `call ${wrong + 1}: ${answers[wrong] === undefined ? 'no answer' : `error ${codeOf(answers[wrong])} instead of ${toldApart(wrong).code}`}`,
        on: requests.slice(0, Math.max(1, answers.length)).map((request, i) => exchangeOf(rest, request, answers[i]))
      })
    }
  }
}, {
  name: 'transport/many-and-secure',
  needs: ['account'],
  checks: [
    declare('transport/parallel', 'must', 'observed', '32 calls at once get 32 answers, each its own'),
    declare('transport/https-same', 'should', 'observed', 'over HTTPS the answers are the same, with https links')
  ],
  async play (stage) {
    const actor = await stage.main()
    const { rest } = stage.context.target
    const folders = await Promise.all([actor.folder(), actor.folder()])
    // Half of the calls fail, each with a different echo, and half read one of two folders.
    const asked = Array.from({ length: CALLS_AT_ONCE }, (_, i) => i % 2 === 0 ? { query: toldApart(i).query, want: String(toldApart(i).code) } : folderCall(actor.key, folders[i % 4 === 1 ? 0 : 1] ?? ''))
    const exchanges = await Promise.all(asked.map(async ({ query }) => {
      const request = requestHead(`${rest}?${query}`, { 'x-respace-check': 'transport/parallel' })
      return exchangeOf(rest, request, await exchangeRaw(rest, request).catch(() => undefined))
    }))
    const wrong = exchanges.findIndex((exchange, i) => {
      const { result, code } = readReply(exchange)
      return (childOf(result, 'folder')?.attributes.id ?? String(code)) !== asked[i]?.want
    })
    stage.judge('transport/parallel', wrong === -1, {
      expected: `${CALLS_AT_ONCE} answers, each its own`, got: wrong === -1 ? 'all of them' : `for ${asked[wrong]?.want ?? ''}: ${summaryOf(readReply(exchanges[wrong] as Exchange))}`, on: wrong === -1 ? exchanges.slice(0, 2) : exchanges[wrong] as Exchange
    })
    if (secureEndpoint(stage.context) === undefined) {
      stage.leave('transport/https-same', 'there is no address over HTTPS in the target file (https)')
      return
    }
    const plain = await actor.call('upload.getInfo')
    const secure = await callSecurely(stage, 'upload.getInfo', { session_key: actor.key })
    const names = (reply: Reply): string => Object.keys(childOf(reply.result, 'upload')?.attributes ?? {}).join(' ')
    const isAlike = secure.code === 0 && names(secure) === names(plain)
    const links = secure.code === 0 ? ['url', 'progress_url'].map(name => attributeOf(secure, 'upload', name)) : []
    stage.judge('transport/https-same', isAlike && links.every(link => link.startsWith('https://')), { expected: 'the same attributes, and https links', got: secure.code === 0 ? `${names(secure)}; ${links.join(' ')}` : summaryOf(secure), on: [plain, secure] })
  }
}]

/** The request of a program whose http_proxy is the server. */
async function absolute (stage: Stage, target: string, host: string): Promise<Reply> {
  const { rest } = stage.context.target
  const sent = `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nX-Respace-Check: transport/proxy\r\nConnection: close\r\n\r\n`
  return readReply(exchangeOf(rest, sent, await exchangeRaw(rest, sent)))
}

const statusOf = ({ answer }: Exchange): string => answer === undefined ? 'no answer' : `HTTP ${answer.status}`

const codeOf = (answer: RawAnswer | undefined): number => answer === undefined ? -1 : readReply(exchangeOf('', '', answer)).code

/** Calls whose answers can be told apart by their code, in rotation. */
const CALLS: ReadonlyArray<{ readonly query: string, readonly code: number }> = [
  { query: '', code: 1 }, { query: 'method=no.such', code: 2 }, { query: 'method=auth.checkSession', code: 3 }, { query: 'method=auth.createToken', code: 4 },
  { query: `method=auth.checkSession&session_key=${'0'.repeat(32)}`, code: 6 }
]
const toldApart = (i: number): (typeof CALLS)[number] => CALLS[i % CALLS.length] ?? { query: '', code: 1 }

const folderCall = (key: string, folder: string) => ({ query: `method=folders.getInfo&session_key=${key}&folder_id=${folder}`, want: folder })
