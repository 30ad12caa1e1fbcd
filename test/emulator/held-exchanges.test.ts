/** Exchanges that faults hold: how they end, and what remains of them when their clients see the end. */
// Runs on SQLite only.
import type { Socket } from 'node:net'
import t, { type Test } from 'tap'
import type { FaultRule, RunningEmulator, RunningSandbox, RunningServer } from '../../src/start-emulator.ts'
import { filePart, formBody } from '../../src/contract/client/multipart-form.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { attribute, call, progressOf, upload, userTicket } from '../support/client.ts'
import { controlCall, fileOf, sessionOf, startTestEmulator } from '../support/emulator.ts'
import { allOf, exchange, request } from '../support/raw-http.ts'
import { BODY, beginAt, offsetOf, append } from '../support/tus.ts'
import { until } from '../support/wait-until.ts'

const FORM = { 'content-type': 'multipart/form-data; boundary=b' }
const formOf = (size: number): Buffer => formBody('b', [filePart('a.bin', 'x'.repeat(size))])

/** A request that a fault holds: the client's part, and the rule. */
interface Held {
  readonly rule: FaultRule
  send (server: RunningServer): Promise<{ readonly url: string, readonly bytes: readonly Buffer[] }>
}

const byForm = (answer: string | object, size = 600_000): Held => ({
  rule: { match: { phase: 'upload' }, answer } as FaultRule,
  async send (server) {
    const { url } = await userTicket(server, await sessionOf(server))
    return { url, bytes: request(url, FORM, formOf(size)) }
  }
})

const HELD: Readonly<Record<string, Held>> = {
  'an upload that hangs': byForm('hang@256k'),
  'an upload that hangs, larger than all buffers': byForm('hang@256k', 12_000_000),
  'an upload that hangs before its first byte': byForm('hang'),
  'an upload that stalls': byForm('stall:100s@256k'),
  'a slow upload': byForm('throttle:1k'),
  'an upload that waits': byForm('delay:100s'),
  'a refused upload that is slow': byForm({ error: 20, throttle: { up: 1000 } }),
  'an upload whose answer waits': { ...byForm('delay:100s', 1000), rule: { match: { phase: 'upload' }, effect: 'commit', answer: 'delay:100s' } },
  'a piece that hangs': {
    rule: { match: { phase: 'upload' }, answer: 'hang@256k' },
    async send ({ url }) {
      const piece = url + ((await beginAt(`${url}/tus/`, 600_000)).headers.get('location') ?? '').replace(/^\/_s\/\w+/, '')
      return { url: piece, bytes: request(piece, { ...BODY, 'upload-offset': '0' }, Buffer.alloc(600_000), 'PATCH') }
    }
  },
  'a call that hangs': {
    rule: { match: { method: 'auth.createToken' }, answer: 'hang' },
    async send ({ restUrl, apiKey }) {
      const url = `${restUrl}?method=auth.createToken&api_version=1.0&api_key=${apiKey}`
      return { url, bytes: request(url, {}, '', 'GET') }
    }
  },
  'a slow download': {
    rule: { match: { phase: 'download' }, answer: { throttle: { down: 1 } } },
    async send (server) {
      const key = await sessionOf(server)
      const url = attribute(await call(server, 'download.getInfo', { session_key: key, file_id: await fileOf(server, key) }), 'url')
      return { url, bytes: request(url, {}, '', 'GET') }
    }
  }
}

/** Sends it, and waits until the fault holds it. `ended` resolves with the bytes that the client received before the connection ended. */
async function hold (t: Test, server: RunningServer, { rule, send }: Held): Promise<{ readonly id: string, readonly socket: Socket, readonly ended: Promise<string> }> {
  const { url, bytes } = await send(server)
  const { id } = server.faults.add({ ...rule, times: 1 })
  const socket = await openSocket(url)
  t.teardown(() => socket.destroy())
  const ended = allOf(socket)
  for (const part of bytes) socket.write(part)
  await until('the fault has it', () => server.faults.list().some(fault => fault.id === id && fault.hits === 1))
  return { id, socket, ended }
}

const stateOf = (server: RunningServer, fault: string) => server.journal.find({ fault: true }).find(entry => entry.fault === fault)?.state

const fast = async (work: () => Promise<unknown>): Promise<boolean> => {
  const start = performance.now()
  await work()
  return performance.now() - start < 2000
}

/** All ways to end held exchanges. Each gets the emulator, the sandbox with the exchange, and the faults. */
const ENDS: Readonly<Record<string, (emulator: RunningEmulator, sandbox: RunningSandbox, ids: readonly string[]) => Promise<unknown>>> = {
  'disarming each fault': (_emulator, sandbox, ids) => Promise.all(ids.map(id => controlCall(sandbox, 'DELETE', `/faults/${id}`))),
  'disarming all faults': (_emulator, sandbox) => controlCall(sandbox, 'DELETE', '/faults'),
  'a reset': (_emulator, sandbox) => controlCall(sandbox, 'POST', '/reset'),
  'deleting the sandbox': (emulator, sandbox) => controlCall(emulator, 'DELETE', `/sandboxes/${sandbox.id}`)
}

t.test('held exchanges end at once with the fault and with the server, whether the client waits or is gone', async t => {
  const emulator = await startTestEmulator(t)
  for (const [way, end] of Object.entries(ENDS)) {
    for (const isGone of [false, true]) {
      const sandbox = await emulator.sandbox({ seed: 'demo' })
      const all: Array<{ readonly name: string } & Awaited<ReturnType<typeof hold>>> = []
      for (const [name, one] of Object.entries(HELD)) all.push({ name, ...await hold(t, sandbox, one) })
      if (isGone) for (const { socket } of all) socket.destroy()
      else t.strictSame(all.filter(({ id }) => stateOf(sandbox, id) !== 'running').map(({ name }) => name), [], 'all are held')
      t.ok(await fast(() => end(emulator, sandbox, all.map(({ id }) => id))), `${way}${isGone ? ', without clients' : ''}`)
      await Promise.all(all.map(({ ended }) => ended))
      t.ok(await fast(() => sandbox.close({ unfired: 'ignore' })))
    }
  }
})

t.test('an exchange without a fault, and one with another fault, continue when a fault is disarmed', async t => {
  const emulator = await startTestEmulator(t)
  const first = await hold(t, emulator, byForm('stall:100ms@64k'))
  const second = emulator.faults.add({ match: { method: 'auth.createToken' }, answer: 'hang' })
  emulator.faults.remove(second.id)
  t.match(await first.ended, /upload_status=ok/)
  await emulator.reset()
})

t.test('closing the emulator ends held exchanges, also in its sandboxes', async t => {
  const emulator = await startTestEmulator(t)
  const sandbox = await emulator.sandbox()
  const all: Array<Awaited<ReturnType<typeof hold>>> = []
  for (const server of [emulator, sandbox]) for (const answer of ['hang@256k', 'throttle:1k']) all.push(await hold(t, server, byForm(answer)))
  t.ok(await fast(async () => { await Promise.all([emulator.close({ unfired: 'ignore' }).catch(() => undefined), ...all.map(({ ended }) => ended)]) }))
})

t.test('a running upload without a fault does not hold up the end of its sandbox', async t => {
  const emulator = await startTestEmulator(t)
  const sandbox = await emulator.sandbox()
  const { url } = await userTicket(sandbox, await sessionOf(sandbox))
  const socket = await openSocket(url)
  const ended = allOf(socket)
  const [head = '', body = Buffer.alloc(0)] = request(url, FORM, formOf(600_000))
  socket.write(head)
  socket.write(body.subarray(0, 300_000))
  await until('it runs', () => sandbox.journal.count({ phase: 'upload' }) === 1)
  t.ok(await fast(async () => { await Promise.all([sandbox.close(), ended]) }))
})

t.test('it is noticed that a client closes while a fault holds its upload', async t => {
  const emulator = await startTestEmulator(t)
  for (const name of ['an upload that hangs', 'an upload that hangs before its first byte', 'an upload that stalls', 'a slow upload', 'an upload that waits', 'a piece that hangs']) {
    const held = HELD[name]
    if (held === undefined) throw new Error(name)
    const { id, socket } = await hold(t, emulator, held)
    t.equal(stateOf(emulator, id), 'running', name)
    socket.destroy()
    t.ok(await fast(() => until('it is cut', () => stateOf(emulator, id) === 'cut')), name)
    emulator.faults.remove(id)
  }
})

t.test('the result of an upload is settled before its client can know that it was cut', async t => {
  const emulator = await startTestEmulator(t)
  const MiB = 1024 * 1024
  for (const event of ['reset', 'close']) {
    for (let round = 0; round < 10; round++) {
      const url = emulator.url + (await beginAt(`${emulator.url}/tus/`, 2 * MiB)).headers.get('location')
      emulator.faults.add({ match: { phase: 'upload' }, times: 1, answer: `${event}@1m` })
      await exchange(url, ...request(url, { ...BODY, 'upload-offset': '0' }, Buffer.alloc(2 * MiB), 'PATCH'))
      t.equal(await offsetOf(url), MiB, `${event}: the offset`)
      t.equal((await append(url, MiB, Buffer.alloc(MiB))).status, 204, `${event}: the rest`)
    }
  }
})

t.test('a cut upload has given its space and ticket back before its client can know', async t => {
  const emulator = await startTestEmulator(t)
  const key = await sessionOf(emulator)
  await controlCall(emulator, 'PATCH', '/accounts/demo', { diskspace: { left: 900_000 } })
  for (const event of ['reset', 'close']) {
    for (let round = 0; round < 4; round++) {
      const ticket = await userTicket(emulator, key)
      emulator.faults.add({ match: { phase: 'upload' }, times: 1, answer: `${event}@256k` })
      await exchange(ticket.url, ...request(ticket.url, FORM, formOf(600_000)))
      t.equal((await progressOf(ticket)).status, 'fail', `${event}: progress`)
      const again = await upload(round % 2 === 0 ? ticket : await userTicket(emulator, key), [{ name: 'again', bytes: 'x'.repeat(600_000) }])
      t.match(again.body, /^upload_status=ok/, `${event}: the same at once again`)
      await call(emulator, 'files.delete', { session_key: key, file_id: /file_id=(\w+)/.exec(again.body)?.[1] ?? '' })
    }
  }
})
