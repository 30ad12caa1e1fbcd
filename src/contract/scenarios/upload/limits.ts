/** Contract, uploads: refusals by size, quota, count and state, and redirects. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { headerOf, textOf, type Exchange } from '../../client/exchange.ts'
import { fieldPart, filePart } from '../../client/multipart-form.ts'
import type { Stage } from '../../run/stage.ts'
import { Untested } from '../../check-problems.ts'
import { idsOf, ticketParts } from '../../run/actor.ts'
import { guideParts, sendParts, shownAnswer, uploadCode } from '../../steps/upload-forms.ts'
import { anonymousTicket } from '../../steps/anonymous-upload.ts'
import { sendForm } from '../../run/actor.ts'
import { attributeOf, textOf as elementText } from '../../run/run-context.ts'

const LARGE = 20 * 1024 * 1024

function judgeLocation (stage: Stage, id: string, sent: Exchange, wanted: (location: URL) => boolean, expected: string): void {
  const location = headerOf(sent, 'location') ?? ''
  const isThere = sent.answer?.status === 302 && URL.canParse(location) && wanted(new URL(location))
  stage.judge(id, isThere, { expected, got: `HTTP ${sent.answer?.status ?? 0} ${location}`.trim(), on: sent })
}

export const uploadLimitScenarios: readonly Scenario[] = [{
  name: 'upload/redirects',
  needs: ['account'],
  checks: [
    declare('upload/redirect', 'must', 'guide', 'a success redirects with 302 to redirect_url?upload_status=ok&file_id=…'),
    declare('upload/redirect-query', 'must', 'guide', 'the result is appended with & when redirect_url has a query'),
    declare('upload/redirect-several', 'should', 'choice', 'the ids of several files are joined by commas'),
    declare('upload/redirect-fail', 'must', 'guide', 'a failure redirects with upload_status=fail'),
    declare('upload/redirect-schemes', 'must', 'choice', 'javascript:, data: and //host never redirect'),
    declare('upload/redirect-unknown', 'should', 'choice', 'an unknown ticket gets no redirect')
  ],
  async play (stage) {
    const actor = await stage.main()
    const ticket = await actor.ticket()
    const send = async (url: string, files = [filePart('check.bin', 'x')], folder?: string) => {
      const sent = await sendParts(stage, actor, ticket, [...ticketParts(ticket), fieldPart('folder_id', folder ?? await actor.home()), fieldPart('redirect_url', url), ...files])
      for (const id of /file_id=([\w,%]+)/.exec(headerOf(sent, 'location') ?? '')?.[1]?.split(/,|%2C/) ?? []) await stage.context.ledger.note({ kind: 'file', id, key: actor.key })
      return sent
    }
    const isOk = ({ searchParams }: URL): boolean => searchParams.get('upload_status') === 'ok' && /^[a-z0-9]{6}$/.test(searchParams.get('file_id') ?? '')
    const plain = await send('http://example.org/done')
    judgeLocation(stage, 'upload/redirect', plain, url => url.href.startsWith('http://example.org/done?') && isOk(url), '302 to http://example.org/done?upload_status=ok&file_id=…')
    judgeLocation(stage, 'upload/redirect-query', await send('http://example.org/done?a=b'), url => url.searchParams.get('a') === 'b' && isOk(url), '302 to …?a=b&upload_status=ok&file_id=…')
    judgeLocation(stage, 'upload/redirect-several', await send('http://example.org/', [filePart('a.txt', 'a'), filePart('b.txt', 'b')]), ({ searchParams }) => /^\w{6},\w{6}$/.test(searchParams.get('file_id') ?? ''), 'file_id=ID,ID')
    judgeLocation(stage, 'upload/redirect-fail', await send('http://example.org/', [filePart('check.bin', 'x')], 'zzzzzz'), ({ searchParams }) => searchParams.get('upload_status') === 'fail', 'upload_status=fail')
    for (const url of ['javascript:alert(1)', 'data:text/html,x', '//example.org/']) {
      const sent = await send(url)
      stage.judge('upload/redirect-schemes', plain.answer?.status === 302 && (sent.answer?.status ?? 0) < 300, { expected: 'no redirect', got: `HTTP ${sent.answer?.status ?? 0} ${headerOf(sent, 'location') ?? ''}`, on: [plain, sent] })
    }
    const unknown = ticket.url.replaceAll(encodeURIComponent(ticket.id), '1.2.ABCDEF01.3.0').replaceAll(ticket.id, '1.2.ABCDEF01.3.0')
    const lost = await sendParts(stage, actor, ticket, [fieldPart('redirect_url', 'http://example.org/'), filePart('check.bin', 'x')], { url: unknown })
    stage.judge('upload/redirect-unknown', plain.answer?.status === 302 && headerOf(lost, 'location') === undefined, { expected: 'no redirect', got: `HTTP ${lost.answer?.status ?? 0} ${headerOf(lost, 'location') ?? ''}`, on: [plain, lost] })
  }
}, {
  name: 'upload/refusals',
  needs: ['account'],
  checks: [
    declare('upload/ticket-unknown', 'must', 'choice', 'an unknown ticket fails with 16, as XML'),
    declare('upload/fifty', 'may', 'choice', '50 files pass, 51 fail and none is stored'),
    declare('upload/refused-drained', 'must', 'choice', 'a client that writes 20 MB before it reads sees the refusal')
  ],
  async play (stage) {
    const actor = await stage.main()
    const ticket = await actor.ticket()
    const control = await sendParts(stage, actor, ticket, await guideParts(actor, ticket, 'x'))
    const isGood = uploadCode(textOf(control)) === 0
    const lost = await sendParts(stage, actor, ticket, [filePart('check.bin', 'x')], { url: ticket.url.replaceAll(ticket.id, '1.2.ABCDEF01.3.0') })
    stage.judge('upload/ticket-unknown', isGood && uploadCode(textOf(lost)) === 16 && textOf(lost).startsWith('<?xml'), { expected: 'error 16 as XML', got: shownAnswer(textOf(lost)), on: [control, lost] })
    const files = (count: number) => Array.from({ length: count }, (_, i) => filePart(`${i}.txt`, String(i)))
    const fifty = await sendParts(stage, actor, ticket, [...ticketParts(ticket), fieldPart('folder_id', await actor.home()), ...files(50)])
    const more = await sendParts(stage, actor, ticket, [...ticketParts(ticket), fieldPart('folder_id', await actor.home()), ...files(51)])
    stage.judge('upload/fifty', idsOf(textOf(fifty)).length === 50 && uploadCode(textOf(more)) > 0 && idsOf(textOf(more)).length === 0, { expected: '50 files, then a failure', got: `${idsOf(textOf(fifty)).length} files, then ${shownAnswer(textOf(more))}`, on: [fifty, more] })
    const refused = await sendParts(stage, actor, ticket, [fieldPart('extra_info', 'wrong'), filePart('large.bin', Buffer.alloc(LARGE))])
    stage.judge('upload/refused-drained', isGood && uploadCode(textOf(refused)) > 0, { expected: 'a failure that the client sees', got: refused.problem ?? shownAnswer(textOf(refused)), on: [control, refused] })
  }
}, {
  name: 'upload/of-others',
  needs: ['account', 'second account'],
  checks: [
    declare('upload/anonymous-folder', 'must', 'observed', 'folder_id is ignored without an account'),
    declare('upload/folder-foreign', 'must', 'choice', "another user's folder is 10, and nothing is stored")
  ],
  async play (stage) {
    const [actor, other] = [await stage.main(), await stage.other()]
    const foreign = await other.home()
    const ticket = await actor.ticket()
    const control = await sendParts(stage, actor, ticket, await guideParts(actor, ticket, 'x'))
    const refused = await sendParts(stage, actor, ticket, [...ticketParts(ticket), fieldPart('folder_id', foreign), filePart('check.bin', 'x')])
    const inside = await other.call('folders.getContents', { folder_id: foreign })
    const isEmpty = inside.code === 0 && !inside.result?.children.some(({ name, attributes }) => name === 'file' && attributes.name === 'check.bin' && attributes.description === 'foreign')
    stage.judge('upload/folder-foreign', uploadCode(textOf(control)) === 0 && uploadCode(textOf(refused)) === 10 && isEmpty, { expected: 'error 10', got: shownAnswer(textOf(refused)), on: [control, refused] })
    const sent = await sendForm(stage.context, await anonymousTicket(stage), { bytes: 'x', fields: { folder_id: foreign } }, 'upload/anonymous-folder')
    const [, deleteUrl] = /<delete_url>([^<]*)<\/delete_url>/.exec(textOf(sent)) ?? []
    if (deleteUrl !== undefined) await stage.context.ledger.note({ kind: 'anonymous file', deleteUrl: deleteUrl.replaceAll('&amp;', '&') })
    stage.judge('upload/anonymous-folder', uploadCode(textOf(sent)) === 0, { expected: 'stored', got: shownAnswer(textOf(sent)), on: sent })
  }
}, {
  name: 'upload/quota',
  needs: ['account', 'state:disk-limited'],
  checks: [
    declare('upload/quota-exact', 'must', 'guide', 'a file that just fits is stored, and diskspace_left is 0'),
    declare('upload/quota-over', 'must', 'guide', 'a file one byte too large for the disk space is 20, and nothing is stored')
  ],
  async play (stage) {
    await stage.inState('disk-limited', async account => {
      const actor = await stage.ownSession(account)
      const left = async (): Promise<number> => Number(elementText(await actor.call('auth.checkSession'), 'diskspace_left'))
      const room = await left()
      if (room > 10_000_000) throw new Untested(`disk-limited leaves ${room} bytes, more than the kit sends`)
      const ticket = await actor.ticket()
      const over = await sendParts(stage, actor, ticket, await guideParts(actor, ticket, Buffer.alloc(room + 1)))
      stage.judge('upload/quota-over', uploadCode(textOf(over)) === 20 && await left() === room, { expected: 'error 20', got: shownAnswer(textOf(over)), on: over })
      const exact = await sendParts(stage, actor, ticket, await guideParts(actor, ticket, Buffer.alloc(room)))
      const rest = await left()
      stage.judge('upload/quota-exact', uploadCode(textOf(exact)) === 0 && rest === 0, { expected: 'stored, 0 bytes left', got: `${shownAnswer(textOf(exact))}; ${rest} left`, on: exact })
    })
  }
}, {
  name: 'upload/size',
  needs: ['account', 'state:small-max'],
  checks: [
    declare('upload/size-exact', 'must', 'guide', 'a file of max_file_size bytes is accepted'),
    declare('upload/size-over', 'must', 'guide', 'a file of max_file_size bytes and one more is 21'),
    declare('upload/size-each', 'should', 'choice', 'max_file_size applies to each file')
  ],
  async play (stage) {
    await stage.inState('small-max', async account => {
      const actor = await stage.ownSession(account)
      const ticket = await actor.ticket()
      const { maxFileSize: max } = ticket
      if (max > 10_000_000 || max < 0) throw new Untested(`small-max leaves ${max} bytes a file, more than the kit sends`)
      const exact = await sendParts(stage, actor, ticket, await guideParts(actor, ticket, Buffer.alloc(max)))
      stage.judge('upload/size-exact', uploadCode(textOf(exact)) === 0, { expected: 'stored', got: shownAnswer(textOf(exact)), on: exact })
      const over = await sendParts(stage, actor, ticket, await guideParts(actor, ticket, Buffer.alloc(max + 1)))
      stage.judge('upload/size-over', uploadCode(textOf(over)) === 21, { expected: 'error 21', got: shownAnswer(textOf(over)), on: over })
      const both = await sendParts(stage, actor, ticket, [...await guideParts(actor, ticket, Buffer.alloc(max)), filePart('b.bin', Buffer.alloc(max))])
      stage.judge('upload/size-each', idsOf(textOf(both)).length === 2, { expected: 'two files', got: shownAnswer(textOf(both)), on: both })
    })
  }
}, {
  name: 'upload/paused',
  needs: ['account', 'state:uploads-paused'],
  checks: [declare('upload/paused', 'should', 'choice', 'an upload to an earlier ticket is 13 while uploads are paused')],
  async play (stage) {
    const actor = await stage.main()
    const reply = await actor.call('upload.getInfo')
    attributeOf(reply, 'upload', 'url')
    const ticket = await actor.ticket()
    const control = await sendParts(stage, actor, ticket, await guideParts(actor, ticket, 'x'))
    await stage.inState('uploads-paused', async () => {
      const paused = await sendParts(stage, actor, ticket, await guideParts(actor, ticket, 'x'))
      stage.judge('upload/paused', uploadCode(textOf(control)) === 0 && uploadCode(textOf(paused)) === 13, { expected: 'error 13', got: shownAnswer(textOf(paused)), on: [control, paused] })
    })
  }
}]
