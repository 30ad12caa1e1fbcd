/** Faults in the process of a test: added by a call, and a failure when they were never applied. */
import t from 'tap'
import { startEmulator } from '../../src/start-emulator.ts'
import { API_KEY } from '../support/client.ts'
import { callForCode, controlCall, startTestEmulator } from '../support/emulator.ts'

const token = { api_key: API_KEY, api_version: '1.0' }

t.test('faults are armed, shown and disarmed by calls, the same as by control calls', async t => {
  const emulator = await startTestEmulator(t)
  const { id } = emulator.faults.add({ match: { method: 'auth.createToken' }, sequence: ['error:5', 'pass', { error: 25 }] })
  t.strictSame([await callForCode(emulator, 'auth.createToken', token), await callForCode(emulator, 'auth.createToken', token), await callForCode(emulator, 'auth.createToken', token)], [5, 0, 25])
  t.match(emulator.faults.list(), [{ id, hits: 2, remaining: 0, state: 'spent' }])
  t.strictSame((await controlCall(emulator, 'GET', '/faults')).body, JSON.parse(JSON.stringify(emulator.faults.list())))
  t.equal(emulator.faults.remove(id), true)
  t.equal(emulator.faults.remove(id), false)
  t.throws(() => emulator.faults.add({ match: { method: 'auth.createTokn' }, answer: { error: 5 } }), { message: '/match/method: there is no method "auth.createTokn"; did you mean auth.createToken?' })
  t.strictSame(emulator.faults.list(), [])
})

t.test('close() rejects when an armed fault was never applied, once all is closed', async t => {
  const emulator = await startEmulator()
  emulator.faults.add({ match: { method: 'auth.createToken' }, answer: { error: 5 } })
  emulator.faults.add({ match: { method: 'auth.register' }, answer: 'error:11' })
  await callForCode(emulator, 'auth.createToken', token)
  await t.rejects(emulator.close(), { message: 'the fault f2 was never applied: {"match":{"method":"auth.register"},"skip":0,"ttlMs":null,"times":null,"answer":{"error":11}}' })
  await t.rejects(fetch(emulator.url), { cause: { code: 'ECONNREFUSED' } })
  await t.resolves(emulator.close(), 'it was told once')
})

t.test('close() says nothing of faults that struck, were disarmed, or do not matter', async t => {
  const emulator = await startEmulator()
  emulator.faults.add({ match: { method: 'auth.createToken' }, times: 5, answer: { error: 5 } })
  const { id } = emulator.faults.add({ match: { method: 'auth.register' }, answer: 'error:11' })
  await callForCode(emulator, 'auth.createToken', token)
  emulator.faults.remove(id)
  await t.resolves(emulator.close())
  const other = await startEmulator()
  other.faults.add({ answer: 'http:500' })
  await t.resolves(other.close({ unfired: 'ignore' }))
})

t.test('with strict fail a code that the guide does not list needs force', async t => {
  const emulator = await startTestEmulator(t, { strict: 'fail' })
  const rule = { match: { method: 'files.delete' }, answer: { error: 31 } }
  t.throws(() => emulator.faults.add(rule), { message: /^\/answer\/error: files\.delete never answers 31.*add "force":true$/ })
  const { id, warnings } = emulator.faults.add({ ...rule, force: true })
  t.match(warnings, [/never answers 31/])
  emulator.faults.remove(id)
})

t.test('each emulator has separate faults', async t => {
  const [one, other] = [await startTestEmulator(t), await startTestEmulator(t)]
  one.faults.add({ answer: 'http:500' })
  t.equal((await fetch(`${other.url}/healthz`)).status, 200)
  t.equal((await fetch(`${one.url}/healthz`)).status, 500)
})

t.test('close() of an emulator rejects for the faults of its sandboxes, each reported once', async t => {
  const emulator = await startEmulator()
  const told = await emulator.sandbox({ id: 'told' })
  told.faults.add({ answer: 'http:500' })
  await t.rejects(told.close(), { message: /^the fault f1 was never applied/ })
  const open = await emulator.sandbox({ id: 'open' })
  open.faults.add({ answer: 'http:501' })
  await controlCall(emulator, 'POST', '/sandboxes', { id: 'ended' })
  await controlCall(emulator, 'POST', '/sandboxes/ended/faults', { answer: 'http:502' })
  await controlCall(emulator, 'DELETE', '/sandboxes/ended')
  const error = await emulator.close().then(() => new Error('it resolved'), (problem: Error) => problem)
  t.match(error.message, /^sandbox ended: the fault f1 was never applied: .*502.*\nsandbox open: the fault f1 was never applied: .*501.*$/)
  await t.resolves(open.close(), 'it was told')
  const other = await startEmulator()
  const sandbox = await other.sandbox()
  sandbox.faults.add({ answer: 'http:500' })
  await t.resolves(other.close({ unfired: 'ignore' }))
})

t.test('unknown options are refused with a suggestion', async t => {
  const cases: Array<[object, string]> = [
    [{ sed: 'none' }, 'startEmulator has no option "sed"; did you mean seed?'],
    [{ controltoken: 'x' }, 'startEmulator has no option "controltoken"; did you mean controlToken?'],
    [{ colour: 1 }, 'startEmulator has no option "colour"; it has port, host, seed, data, ids, controlToken, strict, journalSize, config, replay, asSendspace, tls, log'],
    [{ strict: 'hard' }, 'startEmulator: strict is off, warn or fail, not "hard"']
  ]
  for (const [options, message] of cases) await t.rejects(startEmulator(options), { message })
  const emulator = await startTestEmulator(t, { seed: 'none' })
  const stray = (name: string): object => ({ [name]: 'ignore' })
  await t.rejects(emulator.sandbox(stray('Id')), { message: 'sandbox has no option "Id"; did you mean id?' })
  await t.rejects(emulator.close(stray('unfird')), { message: 'close has no option "unfird"; did you mean unfired?' })
  t.equal((await fetch(`${emulator.url}/healthz`)).status, 200, 'it still runs')
})
