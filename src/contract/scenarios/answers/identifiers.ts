/** Contract, identifiers: the form of keys, ids and codes, and that the next one cannot be guessed. */
import { anonymousUpload } from '../../steps/anonymous-upload.ts'
import { sendForm } from '../../run/actor.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { textOf as bodyOf } from '../../client/exchange.ts'
import { attributeOf, textOf } from '../../run/run-context.ts'

const KEY = /^[a-z0-9]{32}$/
const SHORT = /^[a-z0-9]{6}$/
const SEVERAL = 50

export const identifierScenarios: readonly Scenario[] = [{
  name: 'identifiers/tokens',
  needs: [],
  checks: [
    declare('ids/token', 'must', 'observed', 'a token is 32 of a-z0-9'),
    declare('ids/key-form', 'may', 'choice', 'an API key that is not ten of A-Z0-9 is 18')
  ],
  async play (stage) {
    const { apiKey } = stage.context.target
    const reply = await stage.call('auth.createToken', { api_key: apiKey, api_version: stage.version })
    const token = reply.code === 0 ? textOf(reply, 'token') : ''
    stage.judge('ids/token', KEY.test(token), { expected: '32 of a-z0-9', got: token, on: reply })
    const wrong = await stage.call('auth.createToken', { api_key: 'abc', api_version: stage.version })
    stage.judge('ids/key-form', reply.code === 0 && wrong.code === 18, { expected: 'error 18', on: [reply, wrong] })
  }
}, {
  name: 'identifiers/of-an-account',
  needs: ['account'],
  checks: [
    declare('ids/session', 'must', 'observed', 'a session key is 32 of a-z0-9'),
    declare('ids/file', 'must', 'guide', 'a file id is six of a-z0-9'),
    declare('ids/folder', 'must', 'guide', 'a folder id is six of a-z0-9'),
    declare('ids/ticket', 'should', 'observed', 'an upload identifier is <int>.<unix time>.<8 HEX>.<int>.0, and the time is now'),
    declare('ids/unlike', 'must', 'choice', 'of 50 tokens and files no two are equal'),
    declare('ids/unguessable', 'should', 'choice', '50 files made in a row are in no order and share no prefix of four')
  ],
  async play (stage) {
    const actor = await stage.main()
    const session = await actor.call('auth.checkSession')
    stage.judge('ids/session', KEY.test(actor.key), { expected: '32 of a-z0-9', got: actor.key, on: session })
    const upload = await actor.upload({})
    const id = /^file_id=(.*)$/m.exec(bodyOf(upload))?.[1] ?? ''
    stage.judge('ids/file', SHORT.test(id), { expected: 'six of a-z0-9', got: id, on: upload })
    const folder = await actor.call('folders.create', { name: 'check', parent_folder_id: await actor.home() })
    stage.judge('ids/folder', SHORT.test(attributeOf(folder, 'folder', 'id')), { expected: 'six of a-z0-9', got: attributeOf(folder, 'folder', 'id'), on: folder })
    const asked = await actor.call('upload.getInfo')
    const ticket = attributeOf(asked, 'upload', 'upload_identifier')
    const seconds = Number(/^\d+\.(\d+)\.[0-9A-F]{8}\.\d+\.0$/.exec(ticket)?.[1])
    // The clock of a test may be off by a day, but not by years.
    stage.judge('ids/ticket', Math.abs(seconds - Date.now() / 1000) < 86400, { expected: '<int>.<unix time>.<8 HEX>.<int>.0 of now', got: ticket, on: asked })
    const boundary = await actor.ticket()
    const files: string[] = []
    for (let i = 0; i < SEVERAL; i++) {
      const sent = await sendForm(stage.context, boundary, { name: `${i}.txt`, bytes: String(i), fields: { folder_id: await actor.home() } }, 'ids/unlike')
      const made = /^file_id=(\w+)$/m.exec(bodyOf(sent))?.[1]
      if (made === undefined) continue
      files.push(made)
      await stage.context.ledger.note({ kind: 'file', id: made, key: actor.key })
    }
    const tokens = await Promise.all(Array.from({ length: SEVERAL }, () => stage.context.newToken(stage.version)))
    const all = [...files, ...tokens]
    stage.judge('ids/unlike', files.length === SEVERAL && new Set(all).size === all.length, { expected: `${all.length} different ones`, got: `${new Set(all).size} of ${files.length} files and ${tokens.length} tokens`, on: upload })
    const prefixes = new Set(files.map(file => file.slice(0, 4)))
    const isSorted = files.every((file, i) => i === 0 || (files[i - 1] ?? '') <= file) || files.every((file, i) => i === 0 || (files[i - 1] ?? '') >= file)
    stage.judge('ids/unguessable', files.length === SEVERAL && prefixes.size > SEVERAL / 2 && !isSorted, { expected: 'neither order nor prefix', got: `${prefixes.size} prefixes of four, ${isSorted ? 'in order' : 'in no order'}`, on: upload })
  }
}, {
  name: 'identifiers/delete-code',
  needs: [],
  checks: [declare('ids/delete-code', 'should', 'observed', 'a delete code is 32 lower-case hex digits')],
  async play (stage) {
    const sent = await anonymousUpload(stage)
    const deleteUrl = /<delete_url>([^<]*)<\/delete_url>/.exec(bodyOf(sent))?.[1] ?? ''
    stage.judge('ids/delete-code', /\/[0-9a-f]{32}$/.test(deleteUrl), { expected: '32 lower-case hex digits at the end of delete_url', got: deleteUrl, on: sent })
  }
}]
