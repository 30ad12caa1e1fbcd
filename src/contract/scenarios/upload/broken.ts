/** Contract, uploads: forms of careless clients, uploads that break off, and several at once on one ticket. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { textOf } from '../../client/exchange.ts'
import { fieldPart, filePart, formBody } from '../../client/multipart-form.ts'
import { allOf, exchangeRaw, openSocket, readRawAnswer, requestHead, type RawAnswer } from '../../client/raw-socket.ts'
import { idsOf, ticketParts } from '../../run/actor.ts'
import { until } from '../../client/until.ts'
import { noteUploaded } from '../../steps/upload-parts.ts'
import { progressUntil } from '../../steps/upload-progress.ts'
import { BOUNDARY, bytesOf, guideParts, infoOf, sendParts, sendRawForm, sha256, shownAnswer, uploadCode } from '../../steps/upload-forms.ts'
import { childrenOf } from '../../client/xml.ts'

const textOfRaw = (answer: RawAnswer | undefined): string => answer?.body.toString() ?? ''

export const uploadBrokenScenarios: readonly Scenario[] = [{
  name: 'upload/careless-forms',
  needs: ['account'],
  checks: [
    declare('upload/no-first-boundary', 'must', 'observed', 'without the first boundary everything before the next one is ignored, and the file is kept'),
    declare('upload/wrong-end', 'must', 'observed', '--boundary and wrong bytes at the end count as the end'),
    declare('upload/no-end', 'must', 'choice', 'no delimiter after the file: the upload fails, and nothing is stored'),
    declare('upload/quoted-part-type', 'must', 'observed', 'a quoted type of a part is accepted'),
    declare('upload/odd-part-type', 'must', 'observed', 'a part with an invalid media type is accepted'),
    declare('upload/lf', 'must', 'observed', 'LF where CRLF belongs is accepted, and the bytes come back whole'),
    declare('upload/put-sniffed', 'must', 'observed', 'a PUT of a form under another Content-Type is read as a form'),
    declare('upload/put-raw', 'must', 'observed', 'a PUT of bare bytes is a file, named by userfile in the query'),
    declare('upload/chunked', 'should', 'choice', 'an upload without Content-Length is stored'),
    declare('upload/100-continue', 'should', 'choice', 'Expect: 100-continue gets 100, then the answer')
  ],
  async play (stage) {
    const actor = await stage.main()
    const ticket = await actor.ticket()
    const home = fieldPart('folder_id', await actor.home())
    const content = 'one\r\ntwo\nthree'
    const whole = formBody(BOUNDARY, [home, filePart('check.bin', content)])
    const text = whole.toString('latin1')
    const control = await sendParts(stage, actor, ticket, [home, filePart('check.bin', content)])
    const judge = async (id: string, answer: RawAnswer | undefined, wanted = content): Promise<void> => {
      const [file] = idsOf(textOfRaw(answer))
      const found = await bytesOf(stage, actor, file)
      stage.judge(id, found !== undefined && sha256(found) === sha256(wanted), { expected: 'the file, byte for byte', got: found === undefined ? shownAnswer(textOfRaw(answer)) : `${found.length} bytes`, on: control })
    }
    const body = (bytes: string): Buffer => Buffer.from(bytes, 'latin1')
    await judge('upload/no-first-boundary', await sendRawForm(stage, actor, ticket, body(text.replace(`--${BOUNDARY}\r\n`, ''))))
    await judge('upload/wrong-end', await sendRawForm(stage, actor, ticket, body(text.replace(`--${BOUNDARY}--\r\n`, `--${BOUNDARY}xx`))))
    const endless = await sendRawForm(stage, actor, ticket, body(text.slice(0, text.lastIndexOf('\r\n--'))))
    const count = childrenOf((await actor.call('folders.getContents', { folder_id: await actor.home() })).result, 'file').length
    const again = childrenOf((await actor.call('folders.getContents', { folder_id: await actor.home() })).result, 'file').length
    stage.judge('upload/no-end', uploadCode(textOf(control)) === 0 && uploadCode(textOfRaw(endless)) !== 0 && idsOf(textOfRaw(endless)).length === 0 && count === again, { expected: 'a failure', got: shownAnswer(textOfRaw(endless)), on: control })
    await judge('upload/quoted-part-type', await sendRawForm(stage, actor, ticket, body(text.replace('Content-Type: application/octet-stream', 'Content-Type: "application/octet-stream"'))))
    await judge('upload/odd-part-type', await sendRawForm(stage, actor, ticket, body(text.replace('Content-Type: application/octet-stream', 'Content-Type: binary'))))
    const lf = Buffer.concat([Buffer.from(formBody(BOUNDARY, [home], '\n', '').toString().replaceAll('\r\n', '\n').trimEnd()), Buffer.from(`\nContent-Disposition: form-data; name="userfile"; filename="check.bin"\nContent-Type: application/octet-stream\n\n${content}\n--${BOUNDARY}--\n`)])
    await judge('upload/lf', await sendRawForm(stage, actor, ticket, lf))
    await judge('upload/put-sniffed', await sendRawForm(stage, actor, ticket, whole, { 'content-type': 'application/octet-stream' }, 'PUT'))
    const named = `${ticket.url}${ticket.url.includes('?') ? '&' : '?'}${new URLSearchParams({ userfile: 'bare name.bin', folder_id: await actor.home() })}`
    const bare = await stage.send({ method: 'PUT', url: named, headers: [['content-type', 'application/octet-stream']], body: Buffer.from(content) })
    await noteUploaded(stage, textOf(bare), actor.key)
    const [bareId] = idsOf(textOf(bare))
    const stored = bareId === undefined ? undefined : await infoOf(actor, bareId)
    const bareBytes = await bytesOf(stage, actor, bareId)
    stage.judge('upload/put-raw', stored?.name === 'bare name.bin' && bareBytes?.toString() === content, { expected: 'the file, named bare name.bin', got: stored?.name ?? shownAnswer(textOf(bare)), on: bare })
    const half = whole.length >> 1
    const chunk = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
    const head = (headers: Readonly<Record<string, string>>): Buffer => requestHead(ticket.url, { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, ...headers }, 'POST')
    const chunked = await exchangeRaw(ticket.url, head({ 'transfer-encoding': 'chunked' }), chunk(whole.subarray(0, half)), chunk(whole.subarray(half)), Buffer.from('0\r\n\r\n'))
    await noteUploaded(stage, textOfRaw(chunked), actor.key)
    await judge('upload/chunked', chunked)
    const socket = await openSocket(ticket.url)
    const everything = allOf(socket)
    socket.write(head({ 'content-length': String(whole.length), expect: '100-continue' }))
    const first = await new Promise<string>(resolve => {
      const timer = setTimeout(() => { resolve('') }, 2000)
      socket.once('data', (bytes: Buffer) => {
        clearTimeout(timer)
        resolve(bytes.toString('latin1'))
      })
    })
    socket.write(whole)
    const after = readRawAnswer(await everything)
    await noteUploaded(stage, textOfRaw(after), actor.key)
    const [continued] = idsOf(textOfRaw(after))
    stage.judge('upload/100-continue', first.startsWith('HTTP/1.1 100') && continued !== undefined, { expected: '100, then the answer', got: `${first.split('\r\n')[0] ?? ''} … ${shownAnswer(textOfRaw(after))}`, on: control })
  }
}, {
  name: 'upload/cut',
  needs: ['account'],
  checks: [
    declare('upload/ticket-concurrent', 'must', 'observed', 'a second upload at the same time is 13, and the first one is stored'),
    declare('upload/ticket-after-cut', 'must', 'choice', 'a ticket whose upload was cut can be used again'),
    declare('upload/invisible-until-whole', 'must', 'choice', 'a running upload does not show in getContents and diskspace_left'),
    declare('upload/cut-leaves-nothing', 'must', 'choice', 'an upload that was cut does not show in getContents and diskspace_left')
  ],
  async play (stage) {
    const actor = await stage.ownSession()
    const ticket = await actor.ticket()
    const folder = await actor.folder()
    const body = formBody(BOUNDARY, [...ticketParts(ticket), fieldPart('folder_id', folder), filePart('slow.bin', Buffer.alloc(200_000, 1))])
    const head = requestHead(ticket.url, { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, 'content-length': String(body.length) }, 'POST')
    const seen = async (): Promise<string> => {
      const files = childrenOf((await actor.call('folders.getContents', { folder_id: folder })).result, 'file').length
      return String(files)
    }
    const begin = async () => {
      const socket = await openSocket(ticket.url)
      const answer = allOf(socket)
      socket.write(head)
      socket.write(body.subarray(0, 120_000))
      // The progress shows that the server has begun.
      await progressUntil(stage, ticket.progressUrl, ({ uploaded }) => uploaded > 0)
      return { socket, answer }
    }
    const running = await begin()
    const second = await sendParts(stage, actor, ticket, await guideParts(actor, ticket, 'second'))
    const during = await seen()
    running.socket.write(body.subarray(120_000))
    const first = readRawAnswer(await running.answer)
    await noteUploaded(stage, textOfRaw(first), actor.key)
    const isFirstStored = idsOf(textOfRaw(first)).length === 1
    stage.judge('upload/ticket-concurrent', isFirstStored && uploadCode(textOf(second)) === 13, { expected: 'error 13 for the second, the first is stored', got: `${shownAnswer(textOf(second))}; the first: ${shownAnswer(textOfRaw(first))}`, on: second })
    stage.judge('upload/invisible-until-whole', isFirstStored && during === '0' && await seen() === '1', { expected: 'no file before the end, one afterwards', got: `${during} before, ${await seen()} afterwards`, on: second })
    const cut = await begin()
    cut.socket.destroy()
    await cut.answer
    // The server may not have noticed yet that the connection is closed.
    const retried = await until(async () => sendParts(stage, actor, ticket, await guideParts(actor, ticket, 'again')), sent => uploadCode(textOf(sent)) !== 13)
    stage.judge('upload/ticket-after-cut', uploadCode(textOf(retried)) === 0, { expected: 'stored', got: shownAnswer(textOf(retried)), on: retried })
    stage.judge('upload/cut-leaves-nothing', await seen() === '1', { expected: 'only the complete file', got: `${await seen()} files`, on: retried })
  }
}]
