/** Contract, answers: their bytes, which programs without an XML parser read line by line. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { Untested } from '../../check-problems.ts'
import { textOf } from '../../client/exchange.ts'
import { tokenCall } from '../../steps/unusual-call.ts'
import { summaryOf, type Reply } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'
import { childOf, parseXml } from '../../client/xml.ts'

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
const BOM = '\ufeff'

export const answerByteScenarios: readonly Scenario[] = [{
  name: 'answers/bytes',
  needs: [],
  checks: [
    declare('answers/declaration', 'must', 'observed', `the first line is ${DECLARATION}`),
    declare('answers/no-bom', 'must', 'observed', 'there is no byte before the XML'),
    declare('answers/lf', 'should', 'observed', 'lines end with LF alone'),
    declare('answers/tab', 'should', 'observed', 'children are indented by one TAB'),
    declare('answers/empty-tag', 'should', 'observed', 'empty elements end with />, with no space before it'),
    declare('answers/final-newline', 'should', 'observed', 'the last byte is LF')
  ],
  async play (stage) {
    const { method, ...params } = tokenCall(stage)
    judgeBytes(stage, await stage.call(method, params), false)
    judgeBytes(stage, await stage.call('no.such'), true)
  }
}, {
  name: 'answers/lines',
  needs: ['account'],
  checks: [
    declare('answers/utf8', 'must', 'observed', 'the bytes are UTF-8, as they say'),
    declare('answers/one-line', 'must', 'observed', 'each child is on a separate line')
  ],
  async play (stage) {
    const actor = await stage.main()
    const name = 'é日🦊'
    const folder = await actor.folder({ name })
    const read = await actor.call('folders.getInfo', { folder_id: folder })
    stage.judge('answers/utf8', nameInUtf8(read) === name, { expected: `${name} in UTF-8`, got: nameInUtf8(read) ?? 'bytes that are none', on: read })
    // A value with a line break must not break a line of the answer.
    await actor.folder({ parent_folder_id: folder, name: 'a' })
    const file = await actor.file({ fields: { folder_id: folder } })
    await actor.call('files.setInfo', { file_id: file, description: 'one\ntwo' })
    const listed = await actor.call('folders.getContents', { folder_id: folder })
    const children = listed.result?.children.length ?? 0
    const lines = textOf(listed.exchange).split('\n').filter(line => /^\s*<(?!\?|\/?result\b)[^>]*>\s*$/.test(line)).length
    const all = textOf(listed.exchange).trim().split('\n').length
    stage.judge('answers/one-line', listed.code === 0 && children > 1 && lines === children && all === children + 3, { expected: `${children} children on ${children} lines`, got: listed.code === 0 ? `${children} children on ${all - 3} lines` : summaryOf(listed), on: listed })
  }
}, {
  name: 'answers/of-the-run',
  needs: ['account'],
  isLast: true,
  checks: [
    declare('answers/well-formed', 'must', 'guide', 'every answer of the whole run is well-formed XML'),
    declare('answers/one-space', 'must', 'observed', 'there is exactly one space between attributes, in every answer of the whole run')
  ],
  async play (stage) {
    // Makes a call in case a run has only these checks; if it fails, the answers to other scenarios count.
    await stage.main().then(async actor => actor.call('files.getInfo', { file_id: await actor.file() })).catch(ignoreUntested)
    const last = await stage.call('no.such')
    const { oddAnswers } = stage.context
    for (const [id, expected, odd] of [['answers/well-formed', 'well-formed XML', oddAnswers.unreadable()], ['answers/one-space', 'one space between attributes', oddAnswers.spaced()]] as const) {
      if (odd === undefined && oddAnswers.count() === 0) stage.leave(id, 'no answer was one of the API', [last.exchange])
      else stage.judge(id, odd === undefined, { expected, got: odd === undefined ? `${oddAnswers.count()} answers` : odd[1], on: odd === undefined ? last : odd[0] })
    }
  }
}]

function ignoreUntested (error: unknown): void {
  if (!(error instanceof Untested)) throw error
}

function judgeBytes (stage: Stage, reply: Reply, isFailure: boolean): void {
  const text = textOf(reply.exchange)
  const bytes = reply.exchange.answer?.body ?? Buffer.alloc(0)
  const hasBom = bytes.subarray(0, 3).equals(Buffer.from(BOM))
  const first = text.replace(BOM, '').trimStart().split(/\r?\n/, 1)[0] ?? ''
  stage.judge('answers/declaration', first === DECLARATION, { expected: DECLARATION, got: first.slice(0, 80), on: reply })
  stage.judge('answers/no-bom', /^<(?:\?xml|result)\b/.test(text), { expected: '<?xml as the first bytes', got: hasBom ? 'a byte order mark' : JSON.stringify(text.slice(0, 5)), on: reply })
  stage.judge('answers/lf', text.includes('\n') && !text.includes('\r'), { expected: 'LF', got: text.includes('\r') ? 'CR' : 'LF', on: reply })
  const children = text.split(/\r?\n/).filter(line => /^\s*<(?![?/])/.test(line) && !/^\s*<result\b/.test(line))
  const odd = children.find(line => !/^\t</.test(line))
  stage.judge('answers/tab', children.length > 0 && odd === undefined, { expected: 'a TAB before each child', got: children.length === 0 ? 'no child on a separate line' : JSON.stringify(odd?.slice(0, 20) ?? '\t'), on: reply })
  const empty = /<error\b(?:"[^"]*"|[^>"])*>/.exec(text)?.[0]
  if (isFailure) stage.judge('answers/empty-tag', /\S\/>$/.test(empty ?? ''), { expected: '<error …/>', got: empty ?? 'no <error>', on: reply })
  stage.judge('answers/final-newline', bytes.at(-1) === 10, { expected: 'LF', got: bytes.at(-1) === undefined ? 'nothing' : `byte ${bytes.at(-1) ?? ''}`, on: reply })
}

function nameInUtf8 ({ exchange }: Reply): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(exchange.answer?.body)
    return childOf(parseXml(text), 'folder')?.attributes.name
  } catch {
    return undefined
  }
}
