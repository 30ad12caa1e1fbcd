/** Contract, transport: where parameters stand in a request, and how their names are compared. */
import { declare, type Check } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { isToken, multipart, restUrl, sendCall, tokenCall, urlencoded } from '../../steps/unusual-call.ts'
import type { Reply } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'

const CHECKS: readonly Check[] = [
  declare('transport/rest-with-slash', 'must', 'guide', 'GET /rest/?method=… is answered'),
  declare('transport/rest-without-slash', 'must', 'observed', 'GET /rest?method=… is answered alike'),
  declare('transport/post-empty-body', 'must', 'observed', 'a POST with all parameters in the query and Content-Length: 0 is answered as GET is'),
  declare('transport/post-urlencoded', 'should', 'choice', 'parameters in an urlencoded body count'),
  declare('transport/post-multipart', 'must', 'observed', 'parameters in a multipart/form-data body count, method too'),
  declare('transport/body-beats-query', 'may', 'choice', 'a name in both has the value of the body'),
  declare('transport/last-repeat-query', 'may', 'choice', 'a repeated name in the query has its last value'),
  declare('transport/last-repeat-body', 'may', 'choice', 'a repeated name in a form has its last value'),
  declare('transport/names-any-case', 'should', 'observed', 'METHOD, Api_Key and API_VERSION are read as their small spellings'),
  declare('transport/method-any-case', 'must', 'observed', 'auth.createToken, auth.createtoken and AUTH.CREATETOKEN are one method'),
  declare('transport/response-format-json', 'must', 'observed', 'response_format=json is answered in XML'),
  declare('transport/response-format-xml', 'must', 'guide', 'response_format=xml, XML and none are answered alike')
]

/** A version that does not exist. */
const NONE = '9.9'

export const parameterScenarios: readonly Scenario[] = [{
  name: 'transport/parameters',
  needs: [],
  checks: CHECKS,
  async play (stage) {
    await whereTheyStand(stage)
    await whichCounts(stage)
    await howTheyAreSpelled(stage)
  }
}]

async function whereTheyStand (stage: Stage): Promise<void> {
  const good = tokenCall(stage)
  const { rest } = stage.context.target
  const query = String(new URLSearchParams(good))
  const judge = (id: string, reply: Reply): void => { stage.judge(id, isToken(reply), { expected: 'a token', on: reply }) }
  judge('transport/rest-with-slash', await sendCall(stage, { url: `${rest.replace(/\/?$/, '/')}?${query}` }))
  judge('transport/rest-without-slash', await sendCall(stage, { url: `${rest.replace(/\/$/, '')}?${query}` }))
  judge('transport/post-empty-body', await sendCall(stage, { method: 'POST', url: restUrl(stage, good) }))
  judge('transport/post-urlencoded', await sendCall(stage, { method: 'POST', url: rest, ...urlencoded(good) }))
  judge('transport/post-multipart', await sendCall(stage, { method: 'POST', url: rest, ...multipart(Object.entries(good)) }))
}

async function whichCounts (stage: Stage): Promise<void> {
  const { api_version: version, ...rest } = tokenCall(stage)
  const query = String(new URLSearchParams(rest))
  const { rest: url } = stage.context.target
  /** The value that should count is valid in one call and invalid in the other. */
  const judge = (id: string, right: Reply, wrong: Reply): void => {
    stage.judge(id, isToken(right) && wrong.code === 5, { expected: 'a token, and error 5', got: `${isToken(right) ? 'a token' : `error ${right.code}`}, and ${wrong.code === 0 ? 'a token' : `error ${wrong.code}`}`, on: [right, wrong] })
  }
  const both = (inQuery: string, inBody: string): Promise<Reply> =>
    sendCall(stage, { method: 'POST', url: restUrl(stage, `${query}&api_version=${inQuery}`), ...urlencoded({ api_version: inBody }) })
  judge('transport/body-beats-query', await both(NONE, version), await both(version, NONE))
  const twice = (first: string, last: string): Promise<Reply> => sendCall(stage, { url: restUrl(stage, `${query}&api_version=${first}&api_version=${last}`) })
  judge('transport/last-repeat-query', await twice(NONE, version), await twice(version, NONE))
  const inBody = (first: string, last: string): Promise<Reply> => sendCall(stage, { method: 'POST', url, ...urlencoded(`${query}&api_version=${first}&api_version=${last}`) })
  const inForm = (first: string, last: string): Promise<Reply> => sendCall(stage, { method: 'POST', url, ...multipart([...Object.entries(rest), ['api_version', first], ['api_version', last]]) })
  judge('transport/last-repeat-body', await inBody(NONE, version), await inBody(version, NONE))
  judge('transport/last-repeat-body', await inForm(NONE, version), await inForm(version, NONE))
}

async function howTheyAreSpelled (stage: Stage): Promise<void> {
  const { method, api_key: key, api_version: version } = tokenCall(stage)
  const spelled = await sendCall(stage, { url: restUrl(stage, { METHOD: method, Api_Key: key, API_VERSION: version }) })
  stage.judge('transport/names-any-case', isToken(spelled), { expected: 'a token', on: spelled })
  for (const name of ['auth.createToken', 'auth.createtoken', 'AUTH.CREATETOKEN']) {
    const reply = await stage.call(name, { api_key: key, api_version: version })
    stage.judge('transport/method-any-case', isToken(reply), { expected: `a token for ${name}`, on: reply })
  }
  const json = await stage.call(method, { api_key: key, api_version: version, response_format: 'json' })
  stage.judge('transport/response-format-json', isToken(json), { expected: 'a token in XML', on: json })
  for (const format of ['xml', 'XML', undefined]) {
    const reply = await stage.call(method, { api_key: key, api_version: version, response_format: format })
    stage.judge('transport/response-format-xml', isToken(reply), { expected: `a token in XML for ${format ?? 'no format'}`, on: reply })
  }
}
