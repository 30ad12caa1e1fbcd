/** Contract, transport: statuses, headers and verbs of the endpoint, of the upload and of progress. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { headerOf, textOf, type Exchange } from '../../client/exchange.ts'
import { restUrl, tokenCall } from '../../steps/unusual-call.ts'
import { summaryOf, type Reply } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'

/** The origin: a page of another site. */
const ORIGIN = 'https://respace-check.example.org'

export const answerHeaderScenarios: readonly Scenario[] = [{
  name: 'transport/answers',
  needs: [],
  checks: [
    declare('transport/failure-is-200', 'must', 'observed', 'every failure of a call has the status 200'),
    declare('transport/type-xml', 'must', 'observed', 'Content-Type is an XML type'),
    declare('transport/type-charset', 'may', 'choice', 'Content-Type is exactly text/xml; charset=utf-8'),
    declare('transport/no-store', 'should', 'choice', 'every answer of a call has Cache-Control: no-store'),
    declare('transport/cors-rest', 'should', 'choice', 'answers of calls have Access-Control-Allow-Origin: *'),
    declare('transport/preflight-rest', 'should', 'choice', 'OPTIONS on the endpoint allows POST from any origin'),
    declare('transport/head', 'should', 'choice', 'HEAD is answered as GET is, without a body')
  ],
  async play (stage) {
    const { method, ...params } = tokenCall(stage)
    const good = await stage.call(method, params)
    const failures = [
      await stage.call('no.such'), await stage.call('auth.checkSession'), await stage.call(method, { ...params, api_version: '9.9' }), await stage.call(method, { api_version: stage.version })
    ]
    for (const failure of failures) {
      stage.judge('transport/failure-is-200', failure.code > 0 && failure.exchange.answer?.status === 200, { expected: 'HTTP 200 and an error', got: `HTTP ${failure.exchange.answer?.status ?? 0}, ${summaryOf(failure)}`, on: failure })
    }
    for (const reply of [good, ...failures]) judgeHeaders(stage, reply)
    const { rest } = stage.context.target
    judgePreflight(stage, 'transport/preflight-rest', await preflight(stage, rest))
    const [unknown = good] = failures
    if (unknown.code !== 2) {
      stage.leave('transport/head', `GET answered ${summaryOf(unknown)}`, [unknown.exchange])
      return
    }
    const head = await stage.send({ method: 'HEAD', url: restUrl(stage, { method: 'no.such' }) })
    const isAlike = head.answer?.status === 200 && textOf(head) === '' && headerOf(head, 'content-type') === headerOf(unknown.exchange, 'content-type')
    stage.judge('transport/head', isAlike, { expected: 'HTTP 200, the type of GET and no body', got: `HTTP ${head.answer?.status ?? 0}, ${headerOf(head, 'content-type') ?? 'no type'}, ${textOf(head).length} characters`, on: [unknown, head] })
  }
}, {
  name: 'transport/other-places',
  needs: ['account'],
  checks: [
    declare('transport/cors-upload', 'should', 'choice', 'the answer of an upload has Access-Control-Allow-Origin: *'),
    declare('transport/cors-progress', 'should', 'choice', 'progress has Access-Control-Allow-Origin: *'),
    declare('transport/preflight-upload', 'should', 'choice', 'OPTIONS on the url of a ticket allows POST from any origin'),
    declare('transport/preflight-progress', 'should', 'choice', 'OPTIONS on the progress_url of a ticket allows POST from any origin'),
    declare('transport/other-verbs', 'should', 'choice', 'PUT, DELETE and PATCH on the endpoint are 405 with Allow, and perform no call')
  ],
  async play (stage) {
    const actor = await stage.main()
    const upload = await actor.upload({})
    const ticket = await actor.ticket()
    const progress = await stage.send({ url: ticket.progressUrl })
    judgeOrigin(stage, 'transport/cors-upload', upload)
    judgeOrigin(stage, 'transport/cors-progress', progress)
    judgePreflight(stage, 'transport/preflight-upload', await preflight(stage, ticket.url))
    judgePreflight(stage, 'transport/preflight-progress', await preflight(stage, ticket.progressUrl))
    const file = await actor.file()
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      const sent = await stage.send({ method, url: restUrl(stage, { method: 'files.delete', session_key: actor.key, file_id: file }) })
      const after = await actor.call('files.getInfo', { file_id: file })
      const allowed = (headerOf(sent, 'allow') ?? '').split(',').map(verb => verb.trim())
      const isRefused = sent.answer?.status === 405 && ['GET', 'POST'].every(verb => allowed.includes(verb))
      stage.judge('transport/other-verbs', isRefused && after.code === 0, { expected: `${method}: 405 with Allow: GET, POST…, and the file is still there`, got: `HTTP ${sent.answer?.status ?? 0}, Allow: ${allowed.join(', ')}, then ${summaryOf(after)}`, on: [sent, after] })
    }
  }
}]

function judgeHeaders (stage: Stage, reply: Reply): void {
  const { exchange } = reply
  const type = headerOf(exchange, 'content-type') ?? ''
  const caching = headerOf(exchange, 'cache-control') ?? ''
  stage.judge('transport/type-xml', /^(?:text|application)\/(?:[\w.-]+\+)?xml\s*(?:;|$)/i.test(type), { expected: 'an XML type', got: type, on: reply })
  stage.judge('transport/type-charset', type === 'text/xml; charset=utf-8', { expected: 'text/xml; charset=utf-8', got: type, on: reply })
  stage.judge('transport/no-store', caching.split(',').some(word => word.trim().toLowerCase() === 'no-store'), { expected: 'no-store', got: caching, on: reply })
  judgeOrigin(stage, 'transport/cors-rest', exchange)
}

function judgeOrigin (stage: Stage, id: string, exchange: Exchange): void {
  const origin = headerOf(exchange, 'access-control-allow-origin') ?? ''
  stage.judge(id, exchange.answer?.status === 200 && origin === '*', { expected: 'HTTP 200 and *', got: `HTTP ${exchange.answer?.status ?? 0} and ${origin === '' ? 'no such header' : origin}`, on: exchange })
}

const preflight = (stage: Stage, url: string): Promise<Exchange> =>
  stage.send({ method: 'OPTIONS', url, headers: [['origin', ORIGIN], ['access-control-request-method', 'POST']] })

/** A browser needs no permission for POST; but a list of methods must contain it. */
function judgePreflight (stage: Stage, id: string, exchange: Exchange): void {
  const status = exchange.answer?.status ?? 0
  const origin = headerOf(exchange, 'access-control-allow-origin') ?? ''
  const methods = (headerOf(exchange, 'access-control-allow-methods') ?? 'POST').split(',').map(verb => verb.trim())
  const isAllowed = status >= 200 && status < 300 && (origin === '*' || origin === ORIGIN) && (methods.includes('POST') || methods.includes('*'))
  stage.judge(id, isAllowed, { expected: 'HTTP 2xx, any origin, POST', got: `HTTP ${status}, ${origin === '' ? 'no origin' : origin}, ${methods.join(', ')}`, on: exchange })
}
