/** The emulator's clock: set, frozen, and advanced with everything that falls due. */
import t from 'tap'
import { API_KEY, call, element, newToken, upload, uploadFile, userTicket } from '../support/client.ts'
import { callForCode, controlCall, startTestEmulator, sessionOf } from '../support/emulator.ts'

t.test('the clock is read, frozen, shifted and reset by control calls', async t => {
  const emulator = await startTestEmulator(t)
  t.match((await controlCall(emulator, 'GET', '/clock')).body, { mode: 'offset', by: 'PT0S', now: /^\d{4}-.*Z$/ })
  t.match(await controlCall(emulator, 'PUT', '/clock', { mode: 'frozen', now: '2026-01-01T00:00:00Z' }), { status: 200, body: { mode: 'frozen', now: '2026-01-01T00:00:00.000Z' } })
  t.match((await controlCall(emulator, 'GET', '/health')).body, { now: '2026-01-01T00:00:00.000Z' })
  t.match((await controlCall(emulator, 'POST', '/clock/advance', { by: 'P1DT1H' })).body, { now: '2026-01-02T01:00:00.000Z' })
  t.match((await controlCall(emulator, 'GET', '/clock')).body, { mode: 'frozen', now: '2026-01-02T01:00:00.000Z' })
  t.match((await controlCall(emulator, 'PUT', '/clock', { mode: 'offset', by: '-PT90M' })).body, { mode: 'offset', by: '-PT5400S' })
  t.ok(Math.abs(emulator.clock.now().getTime() - Date.now() + 5400_000) < 2000)
  await controlCall(emulator, 'POST', '/clock/advance', { by: '2 hours' })
  t.match((await controlCall(emulator, 'GET', '/clock')).body, { mode: 'offset', by: 'PT1800S' })
  t.match((await controlCall(emulator, 'PUT', '/clock', { mode: 'frozen' })).body, { mode: 'frozen' }, 'where it is')
  t.equal((await controlCall(emulator, 'DELETE', '/clock')).status, 204)
  t.match((await controlCall(emulator, 'GET', '/clock')).body, { mode: 'offset', by: 'PT0S' })
})

t.test('everything that falls due happens in order before advance answers, and is reported', async t => {
  const emulator = await startTestEmulator(t)
  emulator.clock.freeze(new Date('2026-03-01T00:00:00Z'))
  const key = await sessionOf(emulator)
  const folder = /id="(\w+)" name="Holiday"/.exec(await call(emulator, 'folders.getAll', { session_key: key }))?.[1] ?? ''
  const limited = async (name: string, params: Record<string, string | number>) => {
    const id = await uploadFile(emulator, key, name, 'x')
    t.equal(await callForCode(emulator, 'files.setInfo', { session_key: key, file_id: id, ...params }), 0)
    return id
  }
  const moved = await limited('moved', { time_limit: 7200, limit_action: 3, limit_action_to_folder: folder })
  const deleted = await limited('deleted', { time_limit: 3600, limit_action: 2 })
  const blocked = await limited('blocked', { time_limit: 5400, limit_action: 1 })
  await limited('later', { time_limit: 100 * 3600, limit_action: 2 })
  await userTicket(emulator, key)
  await controlCall(emulator, 'PATCH', '/accounts/lite', { membership: { ends: '2026-03-01T05:00:00Z' } })

  const { status, body } = await controlCall(emulator, 'POST', '/clock/advance', { by: 'PT25H' })
  t.match([status, body.now], [200, '2026-03-02T01:00:00.000Z'])
  t.match(body.ran, { membershipsEnded: 1, sessionsExpired: 1, tokensExpired: 0, filesBlocked: 1, filesDeleted: 1, filesMoved: 1 })
  const events = body.events as Array<{ at: string, what: string }>
  t.strictSame(events.map(({ at }) => at), events.map(({ at }) => at).sort(), 'in the order of time')
  const others = events.filter(({ what }) => what !== 'ticketsExpired')
  t.equal(others.length, 5, 'and nothing else happens')
  t.match(others, [
    { at: '2026-03-01T00:30:00.000Z', what: 'sessionsExpired', user: 'demo' },
    { at: '2026-03-01T01:00:00.000Z', what: 'filesDeleted', user: 'demo', file: deleted, name: 'deleted' },
    { at: '2026-03-01T01:30:00.000Z', what: 'filesBlocked', file: blocked },
    { at: '2026-03-01T02:00:00.000Z', what: 'filesMoved', file: moved },
    { at: '2026-03-01T05:00:00.000Z', what: 'membershipsEnded', user: 'lite' }
  ])
  t.ok(events.some(({ at, what }) => what === 'ticketsExpired' && at === '2026-03-02T00:00:00.000Z'))
  t.equal(await callForCode(emulator, 'folders.getAll', { session_key: key }), 6)
  const again = await sessionOf(emulator)
  t.match(await call(emulator, 'folders.getContents', { session_key: again, folder_id: folder }), 'name="moved"')
  t.equal(await callForCode(emulator, 'files.getInfo', { session_key: again, file_id: deleted }), 9)
  t.equal(await callForCode(emulator, 'download.getInfo', { session_key: again, file_id: blocked }), 11)
  t.equal(await callForCode(emulator, 'upload.getInfo', { session_key: await sessionOf(emulator, 'lite') }), 19)
  t.strictSame((await controlCall(emulator, 'POST', '/clock/advance', { by: 'PT1S' })).body.events, [], 'nothing happens twice')
})

t.test('the exact time counts: a millisecond before, nothing has happened', async t => {
  const emulator = await startTestEmulator(t)
  emulator.clock.freeze(new Date('2026-03-01T00:00:00Z'))
  const key = await sessionOf(emulator)
  t.match(await emulator.clock.advance(30 * 60_000 - 1), { ran: { sessionsExpired: 0 } })
  t.equal(element(await call(emulator, 'auth.checkSession', { session_key: key }), 'session'), 'ok')
  emulator.clock.freeze(new Date('2026-03-02T00:00:00Z'))
  const other = await sessionOf(emulator)
  const advanced = await emulator.clock.advance('PT30M')
  t.equal(advanced.now.toISOString(), '2026-03-02T00:30:00.000Z')
  t.match(advanced, { ran: { sessionsExpired: 1 }, events: { length: 1, 0: { what: 'sessionsExpired' } } })
  t.equal(element(await call(emulator, 'auth.checkSession', { session_key: other }), 'session'), 'expired')
})

t.test('an expired token or ticket is not accepted', async t => {
  const emulator = await startTestEmulator(t, { seed: { accounts: [{ user: 'demo' }] } })
  const token = await newToken(emulator)
  const key = await sessionOf(emulator)
  const ticket = await userTicket(emulator, key)
  t.match(await emulator.clock.advance('24 hours'), { ran: { ticketsExpired: 1, tokensExpired: 0 } })
  t.match((await upload(ticket, [{ name: 'a', bytes: 'a' }])).body, '<error code="16"')
  t.match(await emulator.clock.advance('P30D'), { ran: { tokensExpired: 2 } })
  t.equal(await callForCode(emulator, 'auth.login', { token, user_name: 'demo', tokened_password: 'x' }), 6)
})

t.test('an impossible clock is refused with a hint', async t => {
  const emulator = await startTestEmulator(t)
  const cases: Array<[string, string, object, string, RegExp]> = [
    ['PUT', '/clock', {}, '', /mode is missing/],
    ['PUT', '/clock', { mode: 'stopped' }, '/mode', /frozen, offset/],
    ['PUT', '/clock', { mode: 'frozen', now: '2026-01-01' }, '/now', /2026-01-01T12:00:00Z/],
    ['PUT', '/clock', { mode: 'frozen', now: 'noon' }, '/now', /such as 2027-01-31T12:00:00Z/],
    ['PUT', '/clock', { mode: 'frozen', by: 'PT1H' }, '/by', /no offset/],
    ['PUT', '/clock', { mode: 'offset', now: '2026-01-01T00:00:00Z' }, '/now', /offset from the real time/],
    ['POST', '/clock/advance', {}, '', /by is missing/],
    ['POST', '/clock/advance', { by: '3600' }, '/by', /no unit/],
    ['POST', '/clock/advance', { by: 1.5 }, '/by', /whole milliseconds/],
    ['POST', '/clock/advance', { by: '-PT1H' }, '/by', /forward only/],
    ['POST', '/clock/advance', { by: 'P1M' }, '/by', /no fixed length/],
    ['POST', '/clock/advance', { by: 'PT' }, '/by', /such as PT25H/],
    ['POST', '/clock/advance', { by: 'P400000D' }, '/by', /thousand years/]
  ]
  for (const [verb, path, body, pointer, detail] of cases) {
    t.match(await controlCall(emulator, verb, path, body), { status: 400, type: 'application/problem+json', body: { pointer, detail, hint: /./ } }, JSON.stringify(body))
  }
  t.equal(await callForCode(emulator, 'auth.createToken', { api_key: API_KEY, api_version: '1.0' }), 0)
})
