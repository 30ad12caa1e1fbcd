/** Contract, uploads: the form, its fields in any place, and the names of files. */
import { randomBytes } from 'node:crypto'
import type { Actor } from '../../run/actor.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { textOf, type Exchange } from '../../client/exchange.ts'
import { fieldPart, filePart, type Part } from '../../client/multipart-form.ts'
import type { Stage } from '../../run/stage.ts'
import { idsOf, ticketParts } from '../../run/actor.ts'
import { bytesOf, guideParts, infoOf, sendParts, sha256, shownAnswer, uploadCode } from '../../steps/upload-forms.ts'

const MIB = 1024 * 1024

/** Judges that a file was stored with these bytes. */
async function judgeStored (stage: Stage, actor: Actor, id: string, sent: Exchange, bytes: Buffer | string): Promise<void> {
  const [file] = idsOf(textOf(sent))
  const found = await bytesOf(stage, actor, file)
  const isSame = found !== undefined && sha256(found) === sha256(bytes)
  stage.judge(id, isSame, { expected: `stored byte for byte (${Buffer.byteLength(bytes)} bytes)`, got: found === undefined ? shownAnswer(textOf(sent)) : isSame ? 'so' : `${found.length} other bytes`, on: sent })
}

export const uploadFormScenarios: readonly Scenario[] = [{
  name: 'upload/verbs',
  needs: ['account'],
  checks: [
    declare('upload/post', 'must', 'guide', 'the form of the guide, in its order, is stored byte for byte: 0 bytes, 1 byte, 64 KiB, 5 MiB'),
    declare('upload/put', 'must', 'observed', 'a PUT of the same form is stored'),
    declare('upload/boundary-in-file', 'must', 'guide', 'a file that holds CRLF, dashes and almost the boundary comes back whole'),
    declare('upload/empty-file', 'must', 'observed', 'a named file without bytes is stored'),
    declare('upload/no-file', 'should', 'choice', 'a form without a file, or with a part that has neither name nor bytes, is error 4')
  ],
  async play (stage) {
    const actor = await stage.main()
    const ticket = await actor.ticket()
    for (const size of [0, 1, 64 * 1024, 5 * MIB]) {
      const bytes = randomBytes(size)
      await judgeStored(stage, actor, 'upload/post', await sendParts(stage, actor, ticket, await guideParts(actor, ticket, bytes)), bytes)
    }
    const put = await sendParts(stage, actor, ticket, await guideParts(actor, ticket, 'by PUT'), { method: 'PUT' })
    await judgeStored(stage, actor, 'upload/put', put, 'by PUT')
    const tricky = Buffer.from('x\r\n--\r\n------contractcheck7d3\r\n\r\n--\n----contractcheck7d3f\r\n-')
    await judgeStored(stage, actor, 'upload/boundary-in-file', await sendParts(stage, actor, ticket, await guideParts(actor, ticket, tricky)), tricky)
    await judgeStored(stage, actor, 'upload/empty-file', await sendParts(stage, actor, ticket, await guideParts(actor, ticket, '', 'empty')), '')
    const control = await sendParts(stage, actor, ticket, await guideParts(actor, ticket, 'x'))
    for (const parts of [ticketParts(ticket), [...ticketParts(ticket), filePart('', '')]]) {
      const none = await sendParts(stage, actor, ticket, parts)
      const code = uploadCode(textOf(none))
      stage.judge('upload/no-file', uploadCode(textOf(control)) === 0 && code === 4, { expected: 'error 4', got: shownAnswer(textOf(none)), on: [control, none] })
    }
  }
}, {
  name: 'upload/fields',
  needs: ['account'],
  checks: [
    declare('upload/fields-before', 'must', 'guide', 'description, password and folder_id before the file are kept'),
    declare('upload/fields-after', 'must', 'observed', 'description, password and folder_id after the file are kept'),
    declare('upload/fields-in-query', 'should', 'choice', 'description, password and folder_id in the query of the URL are kept'),
    declare('upload/fields-any-case', 'should', 'observed', 'the case of field names does not count'),
    declare('upload/folder-root', 'must', 'observed', 'folder_id 0 and an empty folder_id are the root'),
    declare('upload/any-file-field', 'must', 'observed', 'a file counts whatever the name of its field'),
    declare('upload/several', 'must', 'observed', 'one request may bring several files')
  ],
  async play (stage) {
    const actor = await stage.main()
    const ticket = await actor.ticket()
    const folder = await actor.folder()
    const fields = { description: 'a description', password: 'sesame', folder_id: folder }
    const parts = Object.entries(fields).map(([name, value]) => fieldPart(name, value))
    const file = filePart('check.bin', 'x')
    const withQuery = `${ticket.url}${ticket.url.includes('?') ? '&' : '?'}${new URLSearchParams(fields)}`
    const sendings: Readonly<Record<string, () => Promise<Exchange>>> = {
      'upload/fields-before': () => sendParts(stage, actor, ticket, [...ticketParts(ticket), ...parts, file]),
      'upload/fields-after': () => sendParts(stage, actor, ticket, [...ticketParts(ticket), file, ...parts]),
      'upload/fields-in-query': () => sendParts(stage, actor, ticket, [file], { url: withQuery }),
      'upload/fields-any-case': () => sendParts(stage, actor, ticket, [...ticketParts(ticket), ...Object.entries(fields).map(([name, value]) => fieldPart(name.toUpperCase(), value)), file])
    }
    for (const [id, send] of Object.entries(sendings)) {
      const sent = await send()
      const [made] = idsOf(textOf(sent))
      const { description, password, folder_id: place } = made === undefined ? {} : await infoOf(actor, made)
      stage.judge(id, description === fields.description && password === fields.password && place === folder, {
        expected: JSON.stringify(fields), got: made === undefined ? shownAnswer(textOf(sent)) : JSON.stringify({ description, password, folder_id: place }), on: sent
      })
    }
    for (const root of ['0', '']) {
      const sent = await sendParts(stage, actor, ticket, [...ticketParts(ticket), fieldPart('folder_id', root), file])
      const [made] = idsOf(textOf(sent))
      const place = made === undefined ? undefined : (await infoOf(actor, made)).folder_id
      stage.judge('upload/folder-root', place === '0', { expected: `folder_id=${root || '""'} is the root`, got: place ?? shownAnswer(textOf(sent)), on: sent })
    }
    for (const field of ['userfile', 'userfile2', 'file', 'anything']) {
      const sent = await sendParts(stage, actor, ticket, [...ticketParts(ticket), filePart('check.bin', field, field)])
      await judgeStored(stage, actor, 'upload/any-file-field', sent, field)
    }
    const sent = await sendParts(stage, actor, ticket, [...ticketParts(ticket), filePart('a.txt', 'a'), filePart('b.txt', 'b', 'userfile2'), filePart('c.txt', 'c', 'file')])
    const ids = idsOf(textOf(sent))
    stage.judge('upload/several', ids.length === 3 && new Set(ids).size === 3, { expected: 'three files', got: `${ids.length} files`, on: sent })
  }
}, {
  name: 'upload/names',
  needs: ['account'],
  checks: [
    declare('upload/name-segments', 'should', 'choice', 'the name is the last segment after / and \\'),
    declare('upload/name-encoded', 'should', 'choice', '%22 %0D %0A are decoded, and %41 is not'),
    declare('upload/name-controls', 'should', 'choice', 'C0, C1 and DEL are removed, and other characters are kept'),
    declare('upload/name-empty', 'should', 'choice', '. and .. become file'),
    declare('upload/name-255', 'should', 'choice', 'a name is cut at 255 bytes on a character boundary, and its extension is kept')
  ],
  async play (stage) {
    const actor = await stage.main()
    const ticket = await actor.ticket()
    const nameOf = async (name: string): Promise<{ sent: Exchange, stored: string | undefined }> => {
      const sent = await sendParts(stage, actor, ticket, await guideParts(actor, ticket, 'x', name))
      const [made] = idsOf(textOf(sent))
      return { sent, stored: made === undefined ? undefined : (await infoOf(actor, made)).name }
    }
    const table: ReadonlyArray<readonly [id: string, sent: string, stored: string]> = [
      ['upload/name-segments', 'C:\\Documents\\a.txt', 'a.txt'], ['upload/name-segments', '../x/b.txt', 'b.txt'],
      ['upload/name-encoded', 'a%22b%41.txt', 'a"b%41.txt'],
      ['upload/name-controls', 'a\u0001\u007f\u0085b \u202e\u{1f98a}.txt', 'ab \u202e\u{1f98a}.txt'],
      ['upload/name-empty', '..', 'file'], ['upload/name-empty', '.', 'file']
    ]
    for (const [id, name, wanted] of table) {
      const { sent, stored } = await nameOf(name)
      stage.judge(id, stored === wanted, { expected: JSON.stringify(wanted), got: stored === undefined ? shownAnswer(textOf(sent)) : JSON.stringify(stored), on: sent })
    }
    const { sent, stored = '' } = await nameOf(`${'é'.repeat(200)}.tar`)
    const isCut = stored.endsWith('.tar') && Buffer.byteLength(stored) <= 255 && Buffer.byteLength(stored) >= 254 && /^é+\.tar$/.test(stored)
    stage.judge('upload/name-255', isCut, { expected: 'at most 255 bytes, whole characters, .tar at the end', got: `${Buffer.byteLength(stored)} bytes, ${JSON.stringify(stored.slice(-8))}`, on: sent })
  }
}, {
  name: 'upload/tickets',
  needs: ['account'],
  checks: [
    declare('upload/url-is-authority', 'must', 'observed', 'a wrong UPLOAD_IDENTIFIER or MAX_FILE_SIZE in the form changes nothing'),
    declare('upload/cut-url', 'must', 'observed', 'where the URL was cut at its first &, the UPLOAD_IDENTIFIER of the form counts'),
    declare('upload/amp', 'must', 'observed', 'a URL whose & are the literal &amp; works'),
    declare('upload/proof-absent', 'must', 'observed', 'an upload without extra_info works'),
    declare('upload/proof-wrong', 'must', 'choice', 'an upload with a wrong extra_info fails, before or after the file or in the query'),
    declare('upload/ticket-again', 'must', 'observed', 'a ticket serves several uploads in turn'),
    declare('upload/ticket-outlives-session', 'must', 'choice', 'a ticket works after the logout of its session')
  ],
  async play (stage) {
    const actor = await stage.main()
    const ticket = await actor.ticket()
    const home = fieldPart('folder_id', await actor.home())
    const file = filePart('check.bin', 'x')
    const judgeCode = (id: string, isGood: (code: number) => boolean, expected: string, ...on: readonly Exchange[]): void => {
      const last = on.at(-1)
      const answer = last === undefined ? '' : textOf(last)
      stage.judge(id, isGood(uploadCode(answer)), { expected, got: shownAnswer(answer), on })
    }
    const isOk = (code: number): boolean => code === 0
    const wrong: readonly Part[] = [fieldPart('MAX_FILE_SIZE', '1'), fieldPart('UPLOAD_IDENTIFIER', '1.2.ABCDEF01.3.0'), home, filePart('check.bin', 'more than one byte')]
    judgeCode('upload/url-is-authority', isOk, 'stored', await sendParts(stage, actor, ticket, wrong))
    const cut = ticket.url.slice(0, Math.max(0, ticket.url.indexOf('&'))) || ticket.url
    judgeCode('upload/cut-url', isOk, 'stored', await sendParts(stage, actor, ticket, [...ticketParts(ticket), home, file], { url: cut }))
    judgeCode('upload/amp', isOk, 'stored', await sendParts(stage, actor, ticket, [home, file], { url: ticket.url.replaceAll('&', '&amp;') }))
    const bare = await sendParts(stage, actor, ticket, [home, file])
    judgeCode('upload/proof-absent', isOk, 'stored', bare)
    const proof = fieldPart('extra_info', 'wrong')
    const joined = `${ticket.url}${ticket.url.includes('?') ? '&' : '?'}extra_info=wrong`
    for (const [parts, url] of [[[proof, home, file], ticket.url], [[home, file, proof], ticket.url], [[home, file], joined]] as const) {
      const refused = await sendParts(stage, actor, ticket, parts, { url })
      stage.judge('upload/proof-wrong', uploadCode(textOf(bare)) === 0 && uploadCode(textOf(refused)) > 0, { expected: 'a failure', got: shownAnswer(textOf(refused)), on: [bare, refused] })
    }
    for (let i = 0; i < 3; i++) judgeCode('upload/ticket-again', isOk, 'stored', await sendParts(stage, actor, ticket, await guideParts(actor, ticket, String(i))))
    const leaving = await stage.ownSession()
    const late = await leaving.ticket()
    await leaving.call('auth.logout')
    judgeCode('upload/ticket-outlives-session', isOk, 'stored', await sendParts(stage, actor, late, await guideParts(actor, late, 'x')))
  }
}]
