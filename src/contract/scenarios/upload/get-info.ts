/** Contract, upload.getInfo and anonymous.uploadGetInfo: tickets, and who is refused one. */
import { sendForm, type Ticket } from '../../run/actor.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { textOf as bodyOf, type Exchange } from '../../client/exchange.ts'
import { valueIn } from '../../client/reply-values.ts'
import { judgeRefusal } from '../../steps/refusal.ts'
import type { Reply } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'
import { requireOk } from '../../run/run-context.ts'

/** Bytes, and KB/s: three seconds, or two when the first second is not limited. */
const SLOW = { bytes: 30_000, limit: '10' } as const
const LEAST = 1900
const MOST = 6000
/** On a busy machine one upload may be slow even without a limit, but not that many in a row. */
const SLACK = 3

export const uploadTicketScenarios: readonly Scenario[] = [{
  name: 'upload.getInfo/ticket',
  needs: ['account'],
  checks: [
    declare('upload.getInfo/url-shape', 'should', 'observed', 'url is /apiupload?DESTINATION_DIR=…&UPLOAD_IDENTIFIER=…&MAX_FILE_SIZE=…'),
    declare('upload.getInfo/progress-shape', 'should', 'observed', 'progress_url is /progressapiupload.html?UPLOAD_IDENTIFIER=…'),
    declare('upload.getInfo/absolute', 'must', 'guide', 'url and progress_url are absolute and on a host that answers'),
    declare('upload.getInfo/one-identifier', 'must', 'observed', 'the identifier in url and progress_url is upload_identifier'),
    declare('upload.getInfo/size-in-url', 'should', 'observed', 'MAX_FILE_SIZE in url is max_file_size'),
    declare('upload.getInfo/new-each-time', 'must', 'guide', 'two calls, two identifiers'),
    declare('upload.getInfo/proof-alphabet', 'should', 'choice', 'extra_info needs no percent-encoding')
  ],
  async play (stage) {
    const actor = await stage.main()
    const reply = requireOk('upload.getInfo', await actor.call('upload.getInfo'))
    const [url, progress, id, size, proof] = ['url', 'progress_url', 'upload_identifier', 'max_file_size', 'extra_info'].map(name => valueIn(reply, 'upload', name)) as [string, string, string, string, string]
    stage.judge('upload.getInfo/url-shape', /\/apiupload\?DESTINATION_DIR=[^&]+&UPLOAD_IDENTIFIER=[^&]+&MAX_FILE_SIZE=-?\d+$/.test(url), { expected: '/apiupload?DESTINATION_DIR=…&UPLOAD_IDENTIFIER=…&MAX_FILE_SIZE=…', got: url, on: reply })
    stage.judge('upload.getInfo/progress-shape', /\/progressapiupload\.html\?UPLOAD_IDENTIFIER=[^&]+$/.test(progress), { expected: '/progressapiupload.html?UPLOAD_IDENTIFIER=…', got: progress, on: reply })
    for (const address of [url, progress]) {
      const answered = isAbsolute(address) ? await stage.send({ url: address }) : undefined
      stage.judge('upload.getInfo/absolute', answered?.answer !== undefined, { expected: 'an http or https address that answers', got: answered?.problem ?? address, on: answered === undefined ? reply : [reply, answered] })
    }
    const identifiers = [url, progress].map(address => parameterOf(address, 'UPLOAD_IDENTIFIER'))
    stage.judge('upload.getInfo/one-identifier', id !== '' && identifiers.every(each => each === id), { expected: id, got: identifiers.join(', '), on: reply })
    stage.judge('upload.getInfo/size-in-url', size !== '' && parameterOf(url, 'MAX_FILE_SIZE') === size, { expected: size, got: parameterOf(url, 'MAX_FILE_SIZE'), on: reply })
    const other = requireOk('upload.getInfo', await actor.call('upload.getInfo'))
    stage.judge('upload.getInfo/new-each-time', valueIn(other, 'upload', 'upload_identifier') !== id, { expected: 'another identifier', got: id, on: [reply, other] })
    stage.judge('upload.getInfo/proof-alphabet', /^[\w.~-]+$/.test(proof), { expected: 'letters, digits and -._~', got: proof, on: reply })
  }
}, {
  name: 'upload.getInfo/speed',
  needs: ['account'],
  checks: [
    declare('upload.getInfo/speed-limit', 'must', 'guide', '30 KB at speed_limit=10 take about three seconds'),
    declare('upload.getInfo/speed-0', 'must', 'guide', 'speed_limit=0 is unlimited')
  ],
  async play (stage) {
    const [slow, fast] = [await upload(stage, SLOW.limit), await upload(stage, '0')]
    const [slowly, quickly] = [Math.round(slow.milliseconds), Math.round(fast.milliseconds)]
    stage.judge('upload.getInfo/speed-limit', isUploaded(slow) && slowly >= LEAST && slowly <= MOST + SLACK * quickly, { expected: 'an upload in 2 to 6 seconds', got: `${slowly} ms, ${bodyOf(slow).split('\n')[0] ?? ''}`, on: slow })
    stage.judge('upload.getInfo/speed-0', isUploaded(fast) && quickly < Math.max(LEAST, slowly / 2), { expected: 'an upload at once', got: `${quickly} ms, ${bodyOf(fast).split('\n')[0] ?? ''}`, on: fast })
  }
}, {
  name: 'upload.getInfo/refused',
  needs: ['account', 'state:no-capabilities'],
  checks: [declare('upload.getInfo/capability', 'must', 'guide', 'without the capability to upload the call is 11')],
  play: stage => judgeState(stage, 'upload.getInfo/capability', 'no-capabilities', 11)
}, {
  name: 'upload.getInfo/membership-over',
  needs: ['account', 'state:membership-over'],
  checks: [declare('upload.getInfo/over', 'must', 'guide', 'after the end of the membership the call is 19')],
  play: stage => judgeState(stage, 'upload.getInfo/over', 'membership-over', 19)
}, {
  name: 'upload.getInfo/disk-full',
  needs: ['account', 'state:disk-full'],
  checks: [declare('upload.getInfo/full', 'must', 'guide', 'without disk space left the call is 20')],
  play: stage => judgeState(stage, 'upload.getInfo/full', 'disk-full', 20)
}, {
  name: 'upload.getInfo/uploads-paused',
  needs: ['account', 'state:uploads-paused'],
  checks: [
    declare('upload.getInfo/paused', 'should', 'choice', 'while uploads are off the call is 13'),
    declare('anonymous.uploadGetInfo/paused', 'should', 'choice', 'while uploads are off the call is 13 without an account, too')
  ],
  async play (stage) {
    const actor = await stage.main()
    const [own, anonymous] = [await actor.call('upload.getInfo'), await askAnonymously(stage)]
    await stage.inState('uploads-paused', async () => {
      judgeRefusal(stage, 'upload.getInfo/paused', { control: own, reply: await actor.call('upload.getInfo'), code: 13 })
      judgeRefusal(stage, 'anonymous.uploadGetInfo/paused', { control: anonymous, reply: await askAnonymously(stage), code: 13 })
    })
  }
}, {
  name: 'anonymous.uploadGetInfo/ticket',
  needs: ['feature:anonymous'],
  checks: [
    declare('anonymous.uploadGetInfo/no-session', 'must', 'guide', 'an API key and a version are enough for a ticket'),
    declare('anonymous.uploadGetInfo/url-first', 'must', 'observed', 'url comes before progress_url', { until: '1.2' }),
    declare('anonymous.uploadGetInfo/progress-first', 'must', 'observed', 'progress_url comes before url', { since: '1.2' })
  ],
  async play (stage) {
    const reply = await askAnonymously(stage)
    stage.judge('anonymous.uploadGetInfo/no-session', reply.code === 0 && isAbsolute(valueIn(reply, 'upload', 'url')), { expected: 'status ok, with a url', on: reply })
    requireOk('anonymous.uploadGetInfo', reply)
    const order = [...bodyOf(reply.exchange).matchAll(/\s(url|progress_url)="/g)].map(([, name = '']) => name).join(', ')
    stage.judge('anonymous.uploadGetInfo/url-first', order === 'url, progress_url', { expected: 'url, progress_url', got: order, on: reply })
    stage.judge('anonymous.uploadGetInfo/progress-first', order === 'progress_url, url', { expected: 'progress_url, url', got: order, on: reply })
  }
}, {
  name: 'anonymous.uploadGetInfo/closed',
  needs: ['feature:anonymous', 'state:anonymous-closed'],
  checks: [declare('anonymous.uploadGetInfo/closed', 'should', 'choice', 'where uploads without an account are off the call is 11')],
  async play (stage) {
    const control = await askAnonymously(stage)
    await stage.inState('anonymous-closed', async () => { judgeRefusal(stage, 'anonymous.uploadGetInfo/closed', { control, reply: await askAnonymously(stage), code: 11 }) })
  }
}]

/** An account in the state is refused what the main account gets. */
async function judgeState (stage: Stage, id: string, state: 'no-capabilities' | 'membership-over' | 'disk-full', code: number): Promise<void> {
  const control = await (await stage.main()).call('upload.getInfo')
  await stage.inState(state, async account => { judgeRefusal(stage, id, { control, reply: await (await stage.ownSession(account)).call('upload.getInfo'), code }) })
}

const askAnonymously = (stage: Stage): Promise<Reply> => stage.call('anonymous.uploadGetInfo', { api_key: stage.context.target.apiKey, api_version: stage.version })

async function upload (stage: Stage, speedLimit: string): Promise<Exchange> {
  const actor = await stage.main()
  const reply = requireOk('upload.getInfo', await actor.call('upload.getInfo', { speed_limit: speedLimit }))
  const ticket: Omit<Ticket, 'progressUrl'> = {
    url: valueIn(reply, 'upload', 'url'), id: valueIn(reply, 'upload', 'upload_identifier'), maxFileSize: Number(valueIn(reply, 'upload', 'max_file_size')), proof: valueIn(reply, 'upload', 'extra_info')
  }
  const exchange = await sendForm(stage.context, ticket, { bytes: Buffer.alloc(SLOW.bytes), fields: { folder_id: await actor.home() } }, 'upload.getInfo/speed-limit')
  const id = /^file_id=(\w+)$/m.exec(bodyOf(exchange))?.[1]
  if (id !== undefined) await stage.context.ledger.note({ kind: 'file', id, key: actor.key })
  return exchange
}

const isUploaded = (exchange: Exchange): boolean => bodyOf(exchange).startsWith('upload_status=ok')
const isAbsolute = (address: string): boolean => /^https?:\/\//.test(address) && URL.canParse(address)
const parameterOf = (address: string, name: string): string => new URLSearchParams(address.split('?')[1] ?? '').get(name) ?? ''
