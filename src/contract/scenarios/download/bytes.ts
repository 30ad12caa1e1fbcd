/** Contract, direct links: the bytes, ranges, and headers. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { headerOf, type Exchange } from '../../client/exchange.ts'
import { get, isWhole, linkedFile, linksOf, someBytes, statusOf } from '../../steps/file-links.ts'

const BYTES = someBytes(1000)
const RANGES = [['bytes=100-199', 100, 199], ['bytes=900-', 900, 999], ['bytes=-100', 900, 999]] as const
/** Headers that HEAD must have when GET has them. */
const TOLD = ['content-length', 'content-type', 'content-disposition', 'content-range', 'etag', 'last-modified', 'accept-ranges']

export const downloadByteScenarios: readonly Scenario[] = [{
  name: 'download/bytes',
  needs: ['account'],
  checks: [
    declare('download/bytes', 'must', 'guide', 'a direct link is HTTP 200 with Content-Length and exactly the bytes of the file'),
    declare('download/range', 'should', 'choice', 'a range a-b, a- or -n is 206 with Content-Range and these bytes'),
    declare('download/range-unsatisfiable', 'should', 'choice', 'a range beyond the end is 416'),
    declare('download/range-suffix-long', 'should', 'choice', 'a suffix range that is longer than the file is the whole file'),
    declare('download/ranges-several', 'should', 'choice', 'several ranges are answered with the whole file and 200'),
    declare('download/head', 'should', 'choice', 'HEAD has the headers of GET, and no body'),
    declare('download/empty', 'must', 'choice', 'a file of 0 bytes is HTTP 200 without a body')
  ],
  async play (stage) {
    const actor = await stage.main()
    const { direct } = await linkedFile(actor, { bytes: BYTES })
    const whole = await get(stage, direct)
    stage.judge('download/bytes', isWhole(whole, BYTES) && headerOf(whole, 'content-length') === '1000', { expected: 'HTTP 200, Content-Length 1000 and the bytes', got: told(whole), on: whole })
    for (const [range, start, end] of RANGES) {
      const part = await get(stage, direct, { range })
      const isPart = statusOf(part) === 206 && headerOf(part, 'content-range') === `bytes ${start}-${end}/1000` && part.answer?.body.equals(BYTES.subarray(start, end + 1)) === true
      stage.judge('download/range', isPart, { expected: `206 and bytes ${start}-${end}/1000 for ${range}`, got: told(part), on: [whole, part] })
    }
    const behind = await get(stage, direct, { range: 'bytes=1000-' })
    stage.judge('download/range-unsatisfiable', isWhole(whole, BYTES) && statusOf(behind) === 416, { expected: 'HTTP 416', on: [whole, behind] })
    const suffix = await get(stage, direct, { range: 'bytes=-5000' })
    const isAll = suffix.answer?.body.equals(BYTES) === true && (statusOf(suffix) === 200 || (statusOf(suffix) === 206 && headerOf(suffix, 'content-range') === 'bytes 0-999/1000'))
    stage.judge('download/range-suffix-long', isAll, { expected: 'all 1000 bytes', got: told(suffix), on: [whole, suffix] })
    const several = await get(stage, direct, { range: 'bytes=0-9,100-109' })
    stage.judge('download/ranges-several', isWhole(several, BYTES), { expected: 'HTTP 200 and the whole file', got: told(several), on: [whole, several] })

    const head = await get(stage, direct, {}, 'HEAD')
    const otherwise = TOLD.filter(name => headerOf(whole, name) !== headerOf(head, name))
    stage.judge('download/head', statusOf(head) === statusOf(whole) && otherwise.length === 0 && head.answer?.body.length === 0, {
      expected: 'the headers of GET', got: `HTTP ${statusOf(head)}${otherwise.map(name => `, ${name}: ${headerOf(head, name) ?? 'none'}`).join('')}`, on: [whole, head]
    })

    const empty = await get(stage, (await linkedFile(actor, { name: 'empty.bin', bytes: '' })).direct)
    stage.judge('download/empty', isWhole(empty, Buffer.alloc(0)) && (headerOf(empty, 'content-length') ?? '0') === '0', { expected: 'HTTP 200 and no bytes', got: told(empty), on: [whole, empty] })
  }
}, {
  name: 'download/conditions',
  needs: ['account'],
  checks: [
    declare('download/etag', 'should', 'choice', 'a direct link has a strong ETag, and answers 304 to If-None-Match'),
    declare('download/modified-since', 'should', 'choice', 'a direct link answers 304 to If-Modified-Since'),
    declare('download/preconditions', 'should', 'choice', 'a direct link answers 412 to another If-Match and an old If-Unmodified-Since'),
    declare('download/if-range', 'should', 'choice', 'a range with If-Range and the right ETag is 206'),
    declare('download/if-range-stale', 'must', 'choice', 'a range with If-Range and another ETag is 200 and the whole file')
  ],
  async play (stage) {
    const { direct } = await linkedFile(await stage.main(), { bytes: BYTES })
    const whole = await get(stage, direct)
    const [etag = '', changed = ''] = [headerOf(whole, 'etag'), headerOf(whole, 'last-modified')]
    const known = await get(stage, direct, { 'if-none-match': etag })
    stage.judge('download/etag', /^"[^"]*"$/.test(etag) && statusOf(known) === 304 && known.answer?.body.length === 0, { expected: 'ETag: "…", and 304', got: `ETag ${etag}, HTTP ${statusOf(known)}`, on: [whole, known] })
    const since = await get(stage, direct, changed === '' ? {} : { 'if-modified-since': changed })
    stage.judge('download/modified-since', statusOf(since) === 304, { expected: 'Last-Modified, and 304', got: `Last-Modified ${changed}, HTTP ${statusOf(since)}`, on: [whole, since] })

    const [matches, other] = [await get(stage, direct, { 'if-match': etag }), await get(stage, direct, { 'if-match': '"another"' })]
    const old = await get(stage, direct, { 'if-unmodified-since': 'Mon, 01 Jan 1990 00:00:00 GMT' })
    stage.judge('download/preconditions', isWhole(matches, BYTES) && statusOf(other) === 412 && statusOf(old) === 412, {
      expected: 'HTTP 200 for the right ETag, 412 for another, 412 for 1990', got: [matches, other, old].map(statusOf).join(', '), on: [matches, old, other]
    })

    const range = 'bytes=100-199'
    const right = await get(stage, direct, { range, 'if-range': etag })
    stage.judge('download/if-range', statusOf(right) === 206 && right.answer?.body.equals(BYTES.subarray(100, 200)) === true, { expected: 'HTTP 206', got: told(right), on: [whole, right] })
    const stale = await get(stage, direct, { range, 'if-range': '"another"' })
    if (!isWhole(whole, BYTES)) stage.leave('download/if-range-stale', 'the whole file is needed first', [whole])
    else stage.judge('download/if-range-stale', isWhole(stale, BYTES), { expected: 'HTTP 200 and the whole file', got: told(stale), on: [whole, stale] })
  }
}, {
  name: 'download/names',
  needs: ['account'],
  checks: [
    declare('download/attachment', 'must', 'choice', 'a file is always served as an attachment, even an HTML page or a picture'),
    declare('download/name', 'must', 'choice', 'a file is served with its name in the form of RFC 6266')
  ],
  async play (stage) {
    const actor = await stage.main()
    const file = await linkedFile(actor, { name: 'check.html', bytes: '<h1>check</h1>' })
    const picture = await linkedFile(actor, { name: 'check.svg', bytes: '<svg xmlns="http://www.w3.org/2000/svg"/>' })
    for (const { direct } of [file, picture]) {
      const sent = await get(stage, direct)
      const disposition = headerOf(sent, 'content-disposition') ?? ''
      stage.judge('download/attachment', statusOf(sent) === 200 && /^attachment *(?:;|$)/i.test(disposition), { expected: 'Content-Disposition: attachment', got: `HTTP ${statusOf(sent)}, ${disposition}`, on: sent })
    }
    for (const name of ['a, b; c.bin', 'a "b" 100%41.bin', 'é.bin', '日 é.bin']) {
      const reply = await actor.call('files.setInfo', { file_id: file.id, name })
      const now = await linksOf(actor, file.id)
      if (reply.code !== 0) {
        stage.leave('download/name', `a file named ${name} is needed first`, [reply.exchange])
        continue
      }
      const sent = await get(stage, now.direct)
      const disposition = headerOf(sent, 'content-disposition') ?? ''
      stage.judge('download/name', statusOf(sent) === 200 && nameIn(disposition) === now.name, { expected: now.name, got: disposition, on: [now.reply, sent] })
    }
  }
}]

const told = (exchange: Exchange): string =>
  `HTTP ${statusOf(exchange)}, Content-Length ${headerOf(exchange, 'content-length') ?? 'none'}, Content-Range ${headerOf(exchange, 'content-range') ?? 'none'}, ${exchange.answer?.body.length ?? 0} bytes`

/** RFC 6266: filename* is preferred; filename is a token or a quoted string in ISO-8859-1. undefined when it cannot be parsed. */
function nameIn (disposition: string): string | undefined {
  const extended = /;\s*filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(disposition)?.[1]
  if (extended !== undefined) {
    try {
      return decodeURIComponent(extended)
    } catch {
      return undefined
    }
  }
  const [, quoted, token] = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]+))\s*(?:;|$)/i.exec(disposition) ?? []
  return quoted?.replace(/\\(.)/g, '$1') ?? token
}
