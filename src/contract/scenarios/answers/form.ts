/** Contract, answers: the result, its echo of the method, and failures. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { restUrl, sendCall, tokenCall } from '../../steps/unusual-call.ts'
import { textOf } from '../../client/exchange.ts'
import { summaryOf, type Reply } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'
import { childOf, childrenOf } from '../../client/xml.ts'

export const answerFormScenarios: readonly Scenario[] = [{
  name: 'answers/result',
  needs: [],
  checks: [
    declare('answers/result-root', 'must', 'guide', 'the root is <result method status>, in this order'),
    declare('answers/status-ok-or-fail', 'must', 'guide', 'status is ok or fail'),
    declare('answers/echo-as-sent', 'must', 'observed', 'method is what was sent, whatever its case'),
    declare('answers/echo-unknown', 'should', 'observed', 'an unknown method is echoed, escaped'),
    declare('answers/echo-none', 'should', 'choice', 'without a method the echo is ""'),
    declare('answers/echo-forbidden', 'may', 'choice', 'a character that XML forbids is echoed as U+FFFD'),
    declare('answers/error-first', 'must', 'guide', '<error> is the first child of a failure'),
    declare('answers/error-code-first', 'must', 'observed', 'code comes before text'),
    declare('answers/error-info-last', 'should', 'observed', 'info, if present, is the third attribute')
  ],
  async play (stage) {
    const { method, ...params } = tokenCall(stage)
    for (const name of [method, method.toLowerCase(), method.toUpperCase()]) {
      const reply = await stage.call(name, params)
      judgeRoot(stage, reply, 'ok')
      judgeEcho(stage, 'answers/echo-as-sent', name, reply)
    }
    judgeEcho(stage, 'answers/echo-unknown', 'no.such<&">', await stage.call('no.such<&">'))
    judgeEcho(stage, 'answers/echo-none', '', await sendCall(stage, { url: restUrl(stage, params) }))
    judgeEcho(stage, 'answers/echo-forbidden', 'no\ufffdsuch', await stage.call('no\u0001such'))
    for (const reply of [await stage.call('no.such'), await stage.call(method, { api_version: stage.version }), await stage.call('auth.checkSession')]) {
      judgeRoot(stage, reply, 'fail')
      judgeError(stage, reply)
    }
  }
}, {
  name: 'answers/ids',
  needs: ['account'],
  checks: [
    declare('answers/ids-after-error', 'must', 'guide', 'methods that take ids repeat them as <id> after the error'),
    declare('answers/ids-as-sent', 'should', 'guide', 'the repeated ids keep the blanks and commas that were sent'),
    declare('answers/no-ids-elsewhere', 'may', 'choice', 'other methods have no <id>')
  ],
  async play (stage) {
    const actor = await stage.main()
    for (const [method, param, code] of [['files.getInfo', 'file_id', 9], ['files.delete', 'file_id', 9], ['folders.getInfo', 'folder_id', 10], ['folders.delete', 'folder_id', 10]] as const) {
      const reply = await actor.call(method, { [param]: 'zzzzzz' })
      const id = reply.result?.children[1]
      stage.judge('answers/ids-after-error', reply.code === code && id?.name === 'id' && id.text === 'zzzzzz', { expected: `error ${code}, then <id>zzzzzz</id>`, got: `${summaryOf(reply)}, then ${id === undefined ? 'nothing' : `<${id.name}>${id.text}`}`, on: reply })
    }
    const sent = ' zzzzzz , ,yyyyyy '
    const several = await actor.call('files.getInfo', { file_id: sent })
    stage.judge('answers/ids-as-sent', several.code > 0 && childOf(several.result, 'id')?.text === sent, { expected: JSON.stringify(sent), got: JSON.stringify(childOf(several.result, 'id')?.text ?? null), on: several })
    const { method } = tokenCall(stage)
    for (const reply of [await stage.call(method), await actor.call('auth.checkSession', { session_key: undefined }), await actor.call('addressbook.delete', { email: 'nobody@example.org' })]) {
      stage.judge('answers/no-ids-elsewhere', reply.code > 0 && childrenOf(reply.result, 'id').length === 0, { expected: 'an error without <id>', got: textOf(reply.exchange).slice(-120), on: reply })
    }
  }
}, {
  name: 'answers/registration',
  needs: ['register'],
  checks: [declare('answers/reason-of-27', 'must', 'guide', 'the text of 27 is a sentence, different for each rule')],
  async play (stage) {
    await stage.context.register()
    const name = `r${stage.context.run}`
    const good = { api_key: stage.context.target.apiKey, user_name: name, full_name: 'Contract Check', email: `${name}@example.org`, password: 'contract1' }
    const wrong = [{ user_name: 'x' }, { full_name: '123' }, { email: 'bad' }, { password: 'abc' }]
    const replies = await Promise.all(wrong.map(each => stage.call('auth.register', { ...good, ...each })))
    const texts = replies.map(({ code, error }) => code === 27 ? error?.attributes.text ?? '' : '')
    const areSentences = texts.every(text => /\S+\s+\S+/.test(text))
    stage.judge('answers/reason-of-27', areSentences && new Set(texts).size === texts.length, { expected: 'four different sentences', got: replies.map(summaryOf).join('; '), on: replies })
  }
}]

function judgeRoot (stage: Stage, reply: Reply, status: string): void {
  const names = Object.keys(reply.result?.attributes ?? {}).join(' ')
  stage.judge('answers/result-root', names === 'method status', { expected: '<result method status>', got: reply.result === undefined ? summaryOf(reply) : `<result ${names}>`, on: reply })
  const got = reply.result?.attributes.status
  stage.judge('answers/status-ok-or-fail', got === status, { expected: status, got: got ?? summaryOf(reply), on: reply })
}

function judgeEcho (stage: Stage, id: string, expected: string, reply: Reply): void {
  const got = reply.result?.attributes.method
  stage.judge(id, got === expected, { expected: `method=${JSON.stringify(expected)}`, got: got === undefined ? summaryOf(reply) : `method=${JSON.stringify(got)}`, on: reply })
}

function judgeError (stage: Stage, reply: Reply): void {
  const [first] = reply.result?.children ?? []
  stage.judge('answers/error-first', reply.code > 0 && first !== undefined && first === reply.error, { expected: '<error>', got: first === undefined ? summaryOf(reply) : `<${first.name}>`, on: reply })
  const names = Object.keys(reply.error?.attributes ?? {})
  stage.judge('answers/error-code-first', names[0] === 'code' && names[1] === 'text', { expected: '<error code text>', got: `<error ${names.join(' ')}>`, on: reply })
  stage.judge('answers/error-info-last', reply.code > 0 && (!names.includes('info') || names.indexOf('info') === 2), { expected: '<error code text info>', got: `<error ${names.join(' ')}>`, on: reply })
}
