/** Clients in a browser, on pages of another origin: what they may read of the server, of faults, and of control calls. */
// Runs on SQLite only.
import t from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import type { RunningEmulator } from '../../src/start-emulator.ts'
import { openBrowser, servePage } from '../support/browser.ts'
import { attribute, call, userTicket } from '../support/client.ts'
import { fileOf, sessionOf, startTestEmulator } from '../support/emulator.ts'
import { beginAt, TUS } from '../support/tus.ts'

/** Addresses for programs, by their purpose. */
async function addressesOf (emulator: RunningEmulator) {
  const key = await sessionOf(emulator)
  const ticket = await userTicket(emulator, key)
  return {
    api: `${emulator.restUrl}?method=auth.createToken&api_key=RESPACE001&api_version=1.0`,
    upload: ticket.url,
    progress: ticket.progressUrl,
    download: attribute(await call(emulator, 'download.getInfo', { session_key: key, file_id: await fileOf(emulator, key) }), 'url'),
    tus: emulator.url + (await beginAt(`${emulator.url}/tus/`, 5)).headers.get('location')
  }
}

t.test('whatever a program gets a page may read, also from a fault', async t => {
  const emulator = await startTestEmulator(t)
  const at = await addressesOf(emulator)
  const form = () => {
    const body = new FormData()
    body.append('userfile', new Blob(['hello']), 'a.txt')
    return { method: 'POST', body }
  }
  const requests: Readonly<Record<string, () => Promise<Response>>> = {
    api: () => fetch(at.api),
    progress: () => fetch(at.progress),
    download: () => fetch(at.download),
    upload: () => fetch(at.upload, form()),
    page: () => fetch(at.tus, { method: 'HEAD', headers: TUS })
  }
  for (const [phase, send] of Object.entries(requests)) {
    for (const answer of [undefined, 'http:503', { http: 500, headers: { 'x-other': '1' } }, ...(phase === 'api' || phase === 'upload' ? ['error:15', 'empty', 'truncate'] : [])]) {
      for (const effect of answer === undefined || answer === 'truncate' || answer === 'empty' ? [undefined] : ['none', 'commit'] as const) {
        const rule = { match: { phase }, times: 1, ...(effect !== undefined && { effect }), ...(answer !== undefined && { answer }) }
        if (answer !== undefined) emulator.faults.add(rule as Parameters<typeof emulator.faults.add>[0])
        const response = await send()
        await response.arrayBuffer()
        t.equal(response.headers.get('access-control-allow-origin'), '*', `${phase} ${JSON.stringify(rule)}`)
        t.equal(response.headers.has('x-emulator-fault'), answer !== undefined)
      }
    }
  }
  t.equal((await fetch(`${emulator.url}/login`)).headers.get('access-control-allow-origin'), null, 'pages of people are not for others')
  emulator.faults.add({ match: { phase: 'api' }, times: 1, answer: { http: 500, headers: { 'access-control-allow-origin': 'https://one.example' } } })
  t.equal((await fetch(at.api)).headers.get('access-control-allow-origin'), 'https://one.example', 'a rule may say otherwise')
})

t.test('control calls answer preflights of origins that may call, and no others', async t => {
  const [open, closed] = await Promise.all([startTestEmulator(t, { seed: 'none' }), startTestEmulator(t, { seed: 'none', host: '0.0.0.0', controlToken: 'let-me-in' })])
  const local = 'http://localhost:3000'
  const ask = (url: string, origin: string) => fetch(`${url}/faults`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' } })
  for (const [emulator, origin] of [[open, local], [closed, local], [closed, 'https://app.example']] as const) {
    const answer = await ask(emulator.controlUrl, origin)
    t.equal(answer.status, 204)
    t.equal(answer.headers.get('access-control-allow-origin'), origin)
    t.match(answer.headers.get('access-control-allow-methods'), /POST.*DELETE/)
    t.equal(answer.headers.get('access-control-allow-headers'), 'authorization,content-type')
    const read = await fetch(`${emulator.controlUrl}/nothing`, { headers: { origin, authorization: 'Bearer let-me-in' } })
    t.strictSame([read.status, read.headers.get('access-control-allow-origin')], [404, origin], 'problems too')
  }
  const foreign = await ask(open.controlUrl, 'https://evil.example')
  t.strictSame([foreign.status, foreign.headers.get('access-control-allow-origin')], [403, null])
  const wrong = await fetch(`${closed.controlUrl}/faults`, { headers: { origin: local, authorization: 'Bearer wrong' } })
  t.equal(wrong.status, 401)
})

t.test('a page in a browser does all of it', { skip: skipWithout('chromium') }, async t => {
  const emulator = await startTestEmulator(t)
  const at = await addressesOf(emulator)
  const page = await openBrowser(t)
  await page.goto(await servePage(t, '<title>client</title>'))
  const seen = await page.evaluate(async ({ at, control, tus }) => {
    const rule = JSON.stringify({ match: { phase: 'api' }, times: 1, answer: 'http:503' })
    const armed = await (await fetch(`${control}/faults`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: rule })).json() as { id: string }
    const failed = await fetch(at.api)
    const piece = await fetch(at.tus, { method: 'PATCH', headers: { ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' }, body: 'hello' })
    const range = await fetch(at.download, { headers: { range: 'bytes=0-1', 'if-range': '"x"' } })
    return {
      fault: [failed.status, failed.headers.get('x-emulator-fault') === armed.id],
      piece: [piece.status, piece.headers.get('upload-offset')],
      download: [range.status, (await range.text()).length > 0],
      removed: (await fetch(`${control}/faults`, { method: 'DELETE' })).status
    }
  }, { at, control: emulator.controlUrl, tus: TUS })
  t.strictSame(seen, { fault: [503, true], piece: [204, '5'], download: [200, true], removed: 204 })
})
