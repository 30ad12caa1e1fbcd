/** Contract, section 4: the answer to an upload into an account, which clients read line by line. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { headerOf, textOf as bodyOf, type Exchange } from '../../client/exchange.ts'
import { fieldPart, filePart } from '../../client/multipart-form.ts'
import { filesOf, seeFile, unknownId } from '../../steps/listings.ts'
import { sendsMany } from '../../steps/mail.ts'
import { partsOf, uploadAll } from '../../steps/upload-parts.ts'
import { requireOk, textOf } from '../../run/run-context.ts'

type Line = readonly [name: string, value: string]

export const uploadAnswerScenarios: readonly Scenario[] = [{
  name: 'upload.answer/text',
  needs: ['account'],
  checks: [
    declare('upload.answer/text', 'must', 'guide', 'text/plain with status 200: lines from the first byte, ended by LF, without a byte order mark'),
    declare('upload.answer/lines-1.0', 'must', 'guide', 'upload_status, file_id, bandwidth_left and diskspace_left, each on one line', { until: '1.2' }),
    declare('upload.answer/lines-1.2', 'should', 'observed', 'file_id and file_name for each file, then bandwidth_left, diskspace_left, diskspace_used and points', { since: '1.2' }),
    declare('upload.answer/several-1.0', 'should', 'choice', 'file_id is repeated for several files', { until: '1.1' }),
    declare('upload.answer/names-1.2', 'should', 'observed', 'file_name is the name as it is stored', { since: '1.2' })
  ],
  async play (stage) {
    const actor = await stage.main()
    const one = await uploadAll(stage, actor, partsOf({ 'C:\\folder\\Größe = 1.txt': 'one' }))
    const [type, text] = [headerOf(one, 'content-type') ?? '', bodyOf(one)]
    const isText = one.answer?.status === 200 && /^text\/plain\b/i.test(type) && /^upload_status=ok\n(?:\w+=[^\r\n]*\n)*(?:\w+=[^\r\n]*)?$/.test(text)
    stage.judge('upload.answer/text', isText, {
      expected: '200, text/plain, upload_status=ok and other lines', got: `HTTP ${one.answer?.status ?? 0}, ${type}, ${JSON.stringify(text.slice(0, 100))}`, on: one
    })
    const names = (exchange: Exchange): string => linesOf(exchange).map(([name]) => name).join(' ')
    stage.judge('upload.answer/lines-1.0', names(one) === 'upload_status file_id bandwidth_left diskspace_left', {
      expected: 'upload_status file_id bandwidth_left diskspace_left', got: names(one), on: one
    })
    const told = valueOf(one, 'file_name')
    const { reply, now } = await seeFile(actor, valueOf(one, 'file_id') ?? unknownId())
    stage.judge('upload.answer/names-1.2', told !== undefined && told === now.name, { expected: `file_name=${now.name ?? ''}`, got: `file_name=${told ?? ''}`, on: [reply, one] })
    const two = await uploadAll(stage, actor, partsOf({ 'first.txt': 'one', 'second.txt': 'two' }))
    const lines = 'upload_status file_id file_name file_id file_name bandwidth_left diskspace_left diskspace_used points'
    stage.judge('upload.answer/lines-1.2', names(two) === lines, { expected: lines, got: names(two), on: two })
    const ids = linesOf(two).filter(([name]) => name === 'file_id').map(([, id]) => id)
    const seen = await actor.call('files.getInfo', { file_id: ids.join() })
    stage.judge('upload.answer/several-1.0', ids.length === 2 && filesOf(seen).map(({ name }) => name).join() === 'first.txt,second.txt', {
      expected: 'a file_id for each', got: ids.join(), on: [seen, two]
    })
  }
}, {
  name: 'upload.answer/numbers',
  needs: ['account'],
  // Parallel uploads into the same account change the space left.
  isAlone: true,
  checks: [declare('upload.answer/numbers', 'must', 'guide', 'bandwidth_left and diskspace_left are those of auth.checkSession after the upload')],
  async play (stage) {
    const actor = await sendsMany(stage)
    const exchange = await actor.upload({ bytes: 'x'.repeat(1000) })
    const session = requireOk('auth.checkSession', await actor.call('auth.checkSession'))
    for (const name of ['bandwidth_left', 'diskspace_left']) {
      const [told, left] = [valueOf(exchange, name), textOf(session, name)]
      stage.judge('upload.answer/numbers', told === left, { expected: `${name}=${left}`, got: `${name}=${told ?? ''}`, on: [session, exchange] })
    }
  }
}, {
  name: 'upload.answer/fail',
  needs: ['account'],
  checks: [
    declare('upload.answer/fail', 'must', 'guide', 'a failure is upload_status=fail and a line error=CODE TEXT'),
    declare('upload.answer/fail-without-id', 'must', 'choice', 'a failure never contains file_id=, because some clients look only for that')
  ],
  async play (stage) {
    const actor = await stage.main()
    const control = await uploadAll(stage, actor, [filePart('check.bin', 'one')])
    if (valueOf(control, 'upload_status') !== 'ok') {
      for (const id of ['upload.answer/fail', 'upload.answer/fail-without-id']) stage.leave(id, 'a valid upload failed too', [control])
      return
    }
    // An upload into a missing folder, and one without a file, whose description would look like a separate line.
    for (const parts of [[fieldPart('folder_id', unknownId()), filePart('check.bin', 'one')], [fieldPart('description', 'one\nfile_id=abc123')]]) {
      const failed = await uploadAll(stage, actor, parts)
      const text = bodyOf(failed)
      stage.judge('upload.answer/fail', failed.answer?.status === 200 && /^upload_status=fail\nerror=\d+ [^\n]+\n?$/.test(text), {
        expected: 'upload_status=fail, error=CODE TEXT', got: JSON.stringify(text.slice(0, 100)), on: [control, failed]
      })
      stage.judge('upload.answer/fail-without-id', text !== '' && !text.includes('file_id='), {
        expected: 'no file_id=', got: JSON.stringify(text.slice(0, 100)), on: [control, failed]
      })
    }
  }
}]

/** `name=value`; the last line may end without a line break. */
const linesOf = (exchange: Exchange): readonly Line[] =>
  bodyOf(exchange).replace(/\n$/, '').split('\n').map(line => [line.replace(/=.*/s, ''), line.slice(line.indexOf('=') + 1)])
const valueOf = (exchange: Exchange, name: string): string | undefined => linesOf(exchange).find(([line]) => line === name)?.[1]
