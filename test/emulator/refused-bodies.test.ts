/** Impossible and contradictory values are refused with a pointer and a helpful sentence; times and durations are read in the forms of programs. */
// Runs on SQLite only.
import t from 'tap'
import { CALLS, findCall } from '../../src/emulator/control/calls.ts'
import { controlCall, startTestEmulator } from '../support/emulator.ts'

const emulator = await startTestEmulator(t, { seed: 'demo' })
const accountsBefore = (await controlCall(emulator, 'GET', '/accounts')).body

const account = (file: object) => ({ accounts: [{ user: 'carol', ...file }] })

/** Call, body, pointer, message. */
const REFUSED: ReadonlyArray<readonly [string, unknown, string, RegExp]> = [
  ['PATCH /accounts/demo', { diskspace: { limit: 5, left: 5 } }, '/diskspace/left', /one of them/],
  ['PATCH /accounts/demo', { bandwidth: { left: 5, limit: 'unlimited' } }, '/bandwidth/left', /one of them/],
  ['PATCH /accounts/demo', { maxSessions: 1_000_000_000_000 }, '/maxSessions', /a whole number from 0 to 999999999, or unlimited, got 1000000000000/],
  ['PATCH /accounts/demo', { bandwidth: { limit: 1e300 } }, '/bandwidth/limit', /expected/],
  ['PATCH /accounts/demo', { diskspace: { left: '9999999999 TiB' } }, '/diskspace/left', /at most 9007199254740991 bytes/],
  ['PATCH /accounts/demo', { membership: { ends: '2026-02-30T00:00:00Z' } }, '/membership/ends', /2027-01-31T12:00:00\+01:00/],
  ['PATCH /accounts/demo', { membership: { ends: '2026-02-03T00:00:00' } }, '/membership/ends', /such as/],
  ['PATCH /accounts/demo', { membership: { ends: '2026-02-03T00:00:00+25:00' } }, '/membership/ends', /such as/],
  ['PATCH /system', { apiKeys: ['RESPACE001', 'short'] }, '/apiKeys/1', /no client could send/],
  ['POST /seed', account({ files: [{ name: 'a', size: 3, content: 'abc' }] }), '/accounts/0/files/0/size', /not both/],
  ['POST /seed', account({ diskspace: { limit: 1, left: 1 } }), '/accounts/0/diskspace/left', /one of them/],
  ['POST /seed', account({ folders: [{ name: 'A' }, { name: 'A' }], files: [{ name: 'x', folder: 'A' }] }), '/accounts/0/files/0/folder', /two folders before it/],
  ['POST /seed', 'dmo', '', /demo, none or a seed/],
  ['POST /sandboxes', { seed: 'somewhere.yaml' }, '/seed', /demo, none or a seed/],
  ['POST /sandboxes', { clock: '2026-01-01' }, '/clock', /got a day/],
  ['POST /sandboxes', { clock: '1969-12-31T23:59:59Z' }, '/clock', /1970 to 8999/],
  ['PUT /clock', { mode: 'frozen', now: '9000-01-01T00:00:00Z' }, '/now', /1970 to 8999/],
  ['PUT /clock', { mode: 'frozen', now: '9999-12-31T23:59:59Z' }, '/now', /1970 to 8999/],
  ['PUT /clock', { mode: 'offset', by: '-P36500D' }, '/by', /1970 to 8999/],
  ['PUT /clock', { mode: 'offset', now: '2026-01-01T00:00:00Z', by: 0 }, '/by', /one of them/],
  ['POST /clock/advance', { by: -1 }, '/by', /forward only/],
  ['POST /clock/advance', { by: 1e20 }, '/by', /thousand years/],
  ['POST /clock/advance', { by: 0.5 }, '/by', /whole milliseconds/],
  ['POST /clock/advance', { by: '90' }, '/by', /no unit; write "90 s"/],
  ['POST /faults', { answer: { http: 204, body: 'x' } }, '/answer/body', /has no body/],
  ['POST /faults', { answer: { http: 304, body: 'x' } }, '/answer/body', /has no body/],
  ['POST /faults', { sequence: ['pass', { http: 205, body: 'x' }] }, '/sequence/1/body', /has no body/],
  ['POST /faults', { answer: { http: 200, headers: { 'Content-Length': '5' } } }, '/answer/headers/Content-Length', /bad-length/],
  ['POST /faults', { answer: { http: 200, headers: { 'transfer-encoding': 'chunked' } } }, '/answer/headers/transfer-encoding', /the emulator writes it/],
  ['POST /faults', { answer: { http: 200, headers: { 'X-Emulator-Fault': 'f9' } } }, '/answer/headers/X-Emulator-Fault', /names the rule/],
  ['POST /faults', { answer: { http: 200, headers: { etag: 'a', ETag: 'b' } } }, '/answer/headers/etag', /is repeated/],
  ['POST /faults', { answer: { error: 9 }, sequence: ['error:9'] }, '/sequence', /not both/],
  ['POST /faults', { answer: { error: 34 } }, '/answer/error', /a whole number from 1 to 33/],
  ['POST /faults', { answer: { error: 1_000_000_000_000 } }, '/answer/error', /a whole number from 1 to 33, got 1000000000000/],
  ['POST /faults', { answer: { socket: 'reset', direction: 'up' } }, '/answer/direction', /atByte is missing/],
  ['POST /faults', { match: { phase: 'progress' }, answer: { progress: { freezeAt: 100 } } }, '/answer/progress/freezeAt', /meter never passes 100/],
  ['POST /faults', { match: { phase: 'progress' }, answer: { progress: { script: [{}, {}] } } }, '/answer/progress/script', /change nothing/],
  ['POST /faults', { times: 0, answer: { error: 9 } }, '/times', /from 1 to 999999999/],
  ['POST /faults', { ttlMs: '0 s', answer: { error: 9 } }, '/ttlMs', /from 1 to 999999999 milliseconds/],
  ['POST /faults', { answer: { delayMs: 2 ** 31 } }, '/answer/delayMs', /2147483647 milliseconds/],
  ['POST /journal/verify', { atLeast: 3, atMost: 2 }, '/atLeast', /at least 3 and at most 2/],
  ['POST /journal/verify', { times: 1, atMost: 2 }, '/times', /exact/],
  ['POST /journal/find', { method: 'files.delete', phase: 'upload' }, '/phase', /is in the phase api/],
  ['POST /journal/count', { code: 34 }, '/code', /from 0 to 33/],
  ['POST /journal/count', { code: 0, phase: 'download' }, '/code', /use status/],
  ['POST /journal/wait', { count: 0 }, '/count', /from 1 to/],
  ['PUT /ids', {}, '', /seed is missing/],
  ['POST /snapshots', { name: '../x' }, '/name', /letters, digits/]
]

for (const [call, body, pointer, detail] of REFUSED) {
  t.test(`${call} refuses ${JSON.stringify(body)}`, async t => {
    const [verb = '', path = ''] = call.split(' ')
    const example = findCall(verb, path).call.body?.example
    const { status, body: problem } = await controlCall(emulator, verb, path, body)
    t.match({ status, ...problem }, { status: 400, pointer, detail })
    t.match(problem.hint, JSON.stringify(example), 'the hint is a valid body')
  })
}

t.test('a refused body changes nothing', async t => {
  t.strictSame((await controlCall(emulator, 'GET', '/accounts')).body, accountsBefore)
  t.strictSame((await controlCall(emulator, 'GET', '/faults')).body, [])
  t.match((await controlCall(emulator, 'GET', '/clock')).body, { mode: 'offset', by: 'PT0S' })
  t.strictSame((await controlCall(emulator, 'GET', '/sandboxes')).body, [])
})

t.test('a call without a body or a query refuses one', async t => {
  for (const { verb, path, body } of CALLS.filter(({ path }) => !path.includes(':'))) {
    const withQuery = await controlCall(emulator, verb, `${path}?user=demo`, body?.example)
    t.match(withQuery, { status: 400, body: { detail: /^user: there is no such parameter/, hint: new RegExp(`^${verb} ${path} takes no query parameters`) } }, `${verb} ${path}?user=demo`)
    if (verb === 'GET' || body !== undefined) continue
    t.match(await controlCall(emulator, verb, path, { id: 'f1' }), { status: 400, body: { detail: `${verb} ${path} takes no body` } }, `${verb} ${path}`)
    t.ok((await controlCall(emulator, verb, path, {})).status < 300, `${verb} ${path} {}`)
  }
})

t.test('times are read in the forms of Python, .NET, Go and Java', async t => {
  const noon = '2026-01-01T12:00:00.000Z'
  for (const [written, read] of [
    ['2026-01-01T12:00:00+00:00', noon],
    ['2026-01-01T14:30:00+02:30', noon],
    ['2025-12-31T23:00:00-13:00', noon],
    ['2026-01-01T12:00:00.123456+00:00', '2026-01-01T12:00:00.123Z'],
    ['2026-01-01T13:00:00.1234567+01:00', '2026-01-01T12:00:00.123Z'],
    ['2026-01-01T12:00:00.123456789Z', '2026-01-01T12:00:00.123Z'],
    ['2026-01-01 12:00:00+00:00', noon],
    ['2026-01-01t12:00:00z', noon],
    ['2026-01-01T12:00Z', noon],
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
    ['8999-12-31T23:59:59.999Z', '8999-12-31T23:59:59.999Z']
  ] as const) {
    t.match(await controlCall(emulator, 'PUT', '/clock', { mode: 'frozen', now: written }), { status: 200, body: { now: read } }, written)
  }
  t.match((await controlCall(emulator, 'POST', '/clock/advance', { by: 1 })).body, { detail: /1970 to 8999/ }, 'nor does it advance beyond')
  await controlCall(emulator, 'DELETE', '/clock')
  t.match((await controlCall(emulator, 'PATCH', '/accounts/lite', { membership: { ends: '2030-06-01T01:00:00.5+02:00' } })).body, { membership: { ends: '2030-05-31T23:00:00.500Z' } })
  const sandbox = await controlCall(emulator, 'POST', '/sandboxes', { id: 'times', clock: '2026-01-01T00:00:00.000001-01:00', seed: { accounts: [{ user: 'carol', membership: { type: 'Pro', ends: '2031-01-01T00:00:00+00:00' } }] } })
  t.equal(sandbox.status, 201)
  t.match((await controlCall(emulator, 'GET', '/sandboxes/times/clock')).body, { now: '2026-01-01T01:00:00.000Z' })
  t.match((await controlCall(emulator, 'GET', '/sandboxes/times/accounts/carol')).body, { membership: { ends: '2031-01-01T00:00:00.000Z' } })
  t.equal((await controlCall(emulator, 'DELETE', '/sandboxes/times')).status, 204)
})

t.test('a duration is milliseconds, or a text in the form of ISO 8601, Go or a person', async t => {
  const start = Date.parse('2026-01-01T00:00:00Z')
  for (const [by, milliseconds] of [
    [1000, 1000], [0, 0], ['PT25H', 90_000_000], ['25 hours', 90_000_000], ['25h0m0s', 90_000_000], ['1h30m', 5_400_000], ['1.5s', 1500], ['250ms', 250],
    ['PT0.123456789S', 123], ['P1DT1H', 90_000_000], ['PT2H-30M', 5_400_000]
  ] as const) {
    await controlCall(emulator, 'PUT', '/clock', { mode: 'frozen', now: '2026-01-01T00:00:00Z' })
    t.match((await controlCall(emulator, 'POST', '/clock/advance', { by })).body, { now: new Date(start + milliseconds).toISOString() }, String(by))
    emulator.clock.freeze(new Date(start))
    t.strictSame((await emulator.clock.advance(by)).now, new Date(start + milliseconds), `${by} in the process`)
  }
  await t.rejects(emulator.clock.advance(-1), /forward only/)
  await t.rejects(emulator.clock.advance(NaN), /whole milliseconds/)
  t.throws(() => { emulator.clock.freeze(new Date('noon')) }, /valid date/)
  t.throws(() => { emulator.clock.shift(1e15) }, /1970 to 8999/)
  t.match((await controlCall(emulator, 'PUT', '/clock', { mode: 'offset', by: -5000 })).body, { by: '-PT5S' })
  await controlCall(emulator, 'DELETE', '/clock')
  for (const [rule, read] of [
    [{ ttlMs: '5 min', answer: { delayMs: 'PT1.5S' } }, { ttlMs: 300_000, answer: { delayMs: 1500 } }],
    [{ ttlMs: 5000, answer: { socket: 'hang', forMs: '2s' } }, { ttlMs: 5000, answer: { forMs: 2000 } }],
    [{ answer: 'delay:2' }, { answer: { delayMs: 2000 } }],
    [{ answer: 'delay:PT2S' }, { answer: { delayMs: 2000 } }],
    [{ answer: 'stall:250ms@1k' }, { answer: { forMs: 250, atByte: 1024 } }]
  ] as const) {
    t.match((await controlCall(emulator, 'POST', '/faults', rule)).body, { rule: read }, JSON.stringify(rule))
  }
  await controlCall(emulator, 'DELETE', '/faults')
})

t.test('an answer without a body is sent complete, as in HTTP', async t => {
  for (const http of [204, 205, 304]) {
    await controlCall(emulator, 'POST', '/faults', { times: 1, answer: { http } })
    const response = await fetch(`${emulator.restUrl}?method=auth.createToken`)
    t.match([response.status, await response.text()], [http, ''])
  }
})

t.test('the demo seed, and none, are seeded by name', async t => {
  await controlCall(emulator, 'POST', '/seed', 'none')
  t.strictSame((await controlCall(emulator, 'GET', '/accounts')).body, [])
  t.equal((await fetch(`${emulator.controlUrl}/seed`, { method: 'POST', body: 'demo' })).status, 204)
  t.match((await controlCall(emulator, 'GET', '/accounts')).body, { length: 10 })
})
