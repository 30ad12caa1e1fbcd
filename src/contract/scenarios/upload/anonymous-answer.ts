/** Contract, section 4: the answer to an upload without an account, which is XML. */
import { anonymousTicket } from '../../steps/anonymous-upload.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { headerOf, textOf as bodyOf, type Exchange } from '../../client/exchange.ts'
import type { Stage } from '../../run/stage.ts'
import { partsOf, uploadParts } from '../../steps/upload-parts.ts'
import { childOf, childrenOf, parseXml, type XmlElement } from '../../client/xml.ts'

/** Names that an answer must escape, and one without an extension. */
const NAMES = ['R&D <draft> \'a\'.txt', ']]>.txt', '100 % & more;.txt', 'ÄÖ 日本 🎉.txt', 'README']

export const uploadAnswerAnonymousScenarios: readonly Scenario[] = [{
  name: 'upload.answer/xml',
  needs: [],
  checks: [
    declare('upload.answer/xml', 'must', 'guide', 'the answer without an account is <upload_done> as XML, with status 200'),
    declare('upload.answer/xml-order', 'must', 'guide', 'status, download_url, delete_url and file_id, in 1.2 also file_name, each on one line'),
    declare('upload.answer/xml-links', 'must', 'guide', 'download_url ends with the id, delete_url with the id and a code'),
    declare('upload.answer/xml-several', 'should', 'choice', 'the elements of a file are repeated for each file'),
    declare('upload.answer/xml-fail', 'should', 'choice', 'a failure has <status>fail</status> and an <error> with code and text'),
    declare('upload.answer/xml-well-formed', 'must', 'observed', 'the answer is well-formed for every name, also for an empty file without an extension'),
    declare('upload.answer/no-store', 'should', 'choice', 'the answer has Cache-Control: no-store')
  ],
  async play (stage) {
    const one = await upload(stage, { 'check.txt': 'one' })
    const done = documentOf(one)
    const type = headerOf(one, 'content-type') ?? ''
    const isDone = one.answer?.status === 200 && /^(?:text|application)\/xml\b/i.test(type) && done?.name === 'upload_done' && childOf(done, 'status')?.text === 'ok'
    stage.judge('upload.answer/xml', isDone, {
      expected: '200, XML, <upload_done> with <status>ok</status>', got: `HTTP ${one.answer?.status ?? 0}, ${type}, ${bodyOf(one).slice(0, 100)}`, on: one
    })
    const ofFile = ['download_url', 'delete_url', 'file_id', ...stage.version === '1.2' ? ['file_name'] : []]
    const lines = bodyOf(one).split('\n').map(line => /^\s*<(\w+)>[^<]*<\/\1>\s*$/.exec(line)?.[1]).filter(name => name !== undefined)
    stage.judge('upload.answer/xml-order', lines.join(' ') === ['status', ...ofFile].join(' '), { expected: ['status', ...ofFile].join(' '), got: lines.join(' '), on: one })
    const [page = '', remove = '', id = ''] = ['download_url', 'delete_url', 'file_id'].map(name => childOf(done, name)?.text)
    const isLinked = id !== '' && new RegExp(`/${id}$`).test(page) && new RegExp(`/${id}/\\w+$`).test(remove) && [page, remove].every(url => /^https?:/.test(url) && URL.canParse(url))
    stage.judge('upload.answer/xml-links', isLinked, { expected: `…/${id} and …/${id}/CODE`, got: `${page} and ${remove}`, on: one })
    const cache = headerOf(one, 'cache-control') ?? ''
    stage.judge('upload.answer/no-store', /\bno-store\b/i.test(cache), { expected: 'Cache-Control: no-store', got: `Cache-Control: ${cache}`, on: one })

    const two = await upload(stage, { 'first.txt': 'one', 'second.txt': 'two' })
    const names = documentOf(two)?.children.map(({ name }) => name).join(' ') ?? ''
    const ids = new Set(childrenOf(documentOf(two), 'file_id').map(({ text }) => text))
    stage.judge('upload.answer/xml-several', names === ['status', ...ofFile, ...ofFile].join(' ') && ids.size === 2, {
      expected: ['status', ...ofFile, ...ofFile].join(' '), got: names, on: two
    })

    const failed = await upload(stage, {})
    const failure = documentOf(failed)
    const error = childOf(failure, 'error')?.attributes
    const isToldWhy = /^\d+$/.test(error?.code ?? '') && (error?.text ?? '') !== ''
    const isFailure = failure?.name === 'upload_done' && childOf(failure, 'status')?.text === 'fail' && isToldWhy && childOf(failure, 'file_id') === undefined
    if (isDone) stage.judge('upload.answer/xml-fail', isFailure, { expected: '<status>fail</status>, <error code text/>', got: bodyOf(failed).slice(0, 200), on: [one, failed] })
    else stage.leave('upload.answer/xml-fail', 'a valid upload failed too', [one])

    for (const name of NAMES) {
      const odd = await upload(stage, { [name]: name === 'README' ? '' : 'one' })
      const told = childOf(documentOf(odd), 'file_name')?.text
      const isTold = childOf(documentOf(odd), 'status')?.text === 'ok' && (stage.version !== '1.2' || told === name)
      stage.judge('upload.answer/xml-well-formed', isTold, {
        expected: `well-formed${stage.version === '1.2' ? `, with the name ${name}` : `, for ${name}`}`, got: bodyOf(odd).slice(0, 300), on: odd
      })
    }
  }
}]

const upload = async (stage: Stage, files: Readonly<Record<string, string>>): Promise<Exchange> => uploadParts(stage, await anonymousTicket(stage), partsOf(files))

/** undefined when it is not well-formed XML. */
function documentOf (exchange: Exchange): XmlElement | undefined {
  try {
    return parseXml(bodyOf(exchange))
  } catch {
    return undefined
  }
}
