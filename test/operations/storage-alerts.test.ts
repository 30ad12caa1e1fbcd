/** Mails about storage that fills: to administrators about the disk, to users about their quota; each once, until it is time to remind them. */
import { pino } from 'pino'
import t from 'tap'
import { createBackgroundJobs } from '../../src/app/background-jobs.ts'
import type { Parts } from '../../src/app/compose.ts'
import type { Network } from '../../src/app/network.ts'
import { policyOf } from '../../src/app/parts.ts'
import { loadConfig } from '../../src/config.ts'
import { createRunningTransfers } from '../../src/http/running-transfers.ts'
import { reachedPercentage } from '../../src/domain/storage-alert.ts'
import { alertAboutStorage, type AlertRules } from '../../src/mail/storage-alerts.ts'
import { register } from '../support/client.ts'
import { startServer, type Teardown, type TestServer } from '../support/server.ts'

const DAY = 24 * 60 * 60 * 1000
const GB = 2 ** 30

interface Site {
  readonly server: TestServer
  readonly disk: { total: number, left: number }
  alert (rules?: Partial<AlertRules>): Promise<Readonly<Record<string, number>>>
  /** Recipients and subjects of the mails since the last call. */
  mails (): Promise<readonly string[]>
  texts (): Promise<string>
}

/** Alice administrates, Bobby has a quota of 10 GB. */
async function begin (t: Teardown): Promise<Site> {
  const server = await startServer(t)
  for (const name of ['alice', 'bobby', 'carol']) await register(server, name)
  const { ports } = server.app
  const policy = policyOf(await loadConfig({ publicUrl: 'https://files.example.org' }, {}))
  await ports.sql.run("update users set is_admin = 1 where user_name = 'alice'")
  await ports.sql.run("update users set disk_quota = $quota, bytes_stored = 0 where user_name = 'bobby'", { quota: 10 * GB })
  const disk = { total: 100 * GB, left: 50 * GB }
  const room = { ...ports.room, total: async () => disk.total, left: async () => disk.left }
  return {
    server,
    disk,
    alert: async rules => Object.fromEntries(await alertAboutStorage({ ...ports, room }, { percentages: [80, 95], policy, ownUrl: 'http://127.0.0.1:8080', hasMailServer: true, ...rules })),
    async mails () {
      const rows = await ports.sql.all('select recipient, subject from mails order by recipient, subject')
      await ports.sql.run('delete from mails')
      return rows.map(row => `${String(row.recipient).split('@')[0]}: ${row.subject}`)
    },
    texts: async () => (await ports.sql.all('select sealed_text from mails')).map(row => ports.vault.open(String(row.sealed_text), 'mail')).join('\n')
  }
}

const store = (server: TestServer, gigabytes: number) => server.app.ports.sql.run("update users set bytes_stored = $bytes where user_name = 'bobby'", { bytes: Math.ceil(gigabytes * GB) })

t.test('the highest percentage that is reached', async t => {
  for (const [used, expected] of [[0, undefined], [79.9, undefined], [80, 80], [94.9, 80], [95, 95], [120, 95]] as const) t.equal(reachedPercentage(used, 100, [80, 95]), expected, `${used}`)
  for (const limit of [Infinity, 0, -1]) t.equal(reachedPercentage(1, limit, [80]), undefined)
  t.equal(reachedPercentage(1, 1, []), undefined)
})

t.test('administrators are told about the disk once for each percentage, and again the next day', async t => {
  const { disk, alert, mails, texts } = await begin(t)
  await alert()
  t.strictSame(await mails(), [])
  disk.left = 19 * GB
  await Promise.all([alert(), alert(), alert()])
  t.match(await texts(), '19 GB of 100 GB')
  t.match(await texts(), 'https://files.example.org/admin')
  t.strictSame(await mails(), ['alice: Respace: the disk is 80% full'])
  disk.left = 4 * GB
  await alert()
  t.strictSame(await mails(), ['alice: Respace: the disk is 95% full'])
  await alert()
  t.strictSame(await mails(), [])
})

t.test('the reminder comes after a day, and none to whoever is no administrator any more', async t => {
  const { server, disk, alert, mails } = await begin(t)
  disk.left = 0
  await alert()
  await mails()
  server.clock.time += DAY - 1
  await alert()
  t.strictSame(await mails(), [])
  server.clock.time += 1
  await server.app.ports.sql.run('update users set is_disabled = 1 where is_admin = 1')
  await alert()
  t.strictSame(await mails(), [])
  await server.app.ports.sql.run('update users set is_disabled = 0')
  await alert()
  t.strictSame(await mails(), ['alice: Respace: the disk is 95% full'])
  disk.total = Infinity
  disk.left = Infinity
  server.clock.time += DAY
  await alert()
  t.strictSame(await mails(), [], 'in a bucket nobody knows')
})

t.test('users are told about their quota once for each percentage, and again the next week', async t => {
  const { server, alert, mails, texts } = await begin(t)
  await store(server, 7.9)
  t.strictSame(await alert(), { 80: 0, 95: 0 })
  t.strictSame(await mails(), [])
  await store(server, 8)
  t.strictSame(await alert(), { 80: 1, 95: 0 })
  t.match(await texts(), 'You use 8 GB of 10 GB')
  t.strictSame(await mails(), ['bobby: Your space on Respace is 80% full'])
  await store(server, 9.6)
  t.strictSame(await alert(), { 80: 0, 95: 1 })
  t.strictSame(await mails(), ['bobby: Your space on Respace is 95% full'])
  server.clock.time += 7 * DAY - 1
  await alert()
  t.strictSame(await mails(), [])
  server.clock.time += 1
  t.strictSame(await alert({ hasMailServer: false }), { 80: 0, 95: 1 }, 'counted')
  t.strictSame(await mails(), [], 'without a mail server nothing piles up')
  await alert()
  t.strictSame(await mails(), ['bobby: Your space on Respace is 95% full'])
  await server.app.ports.sql.run("update users set disk_quota = -1 where user_name = 'bobby'")
  t.strictSame(await alert(), { 80: 0, 95: 0 }, 'without a limit there is no part of it')
})

t.test('a server with a mail server looks every ten minutes, with and without metrics; one without both does not', async t => {
  const config = await loadConfig({}, {})
  const policy = policyOf(config)
  for (const [hasMailServer, hasMetrics] of [[true, false], [false, true], [true, true], [false, false]] as const) {
    const { server, mails } = await begin(t)
    await store(server, 9.6)
    const noted: Array<ReadonlyMap<number, number>> = []
    const parts = {
      log: pino({ level: 'silent' }),
      ports: server.app.ports,
      policy,
      live: new Set<string>(),
      transfers: createRunningTransfers(),
      delivery: { wake: () => undefined },
      metrics: hasMetrics ? { noteQuotas: (reached: ReadonlyMap<number, number>) => { noted.push(reached) } } : undefined,
      mailTransport: hasMailServer ? { send: async () => undefined } : undefined
    }
    const begun: Array<() => Promise<void>> = []
    const { setInterval } = globalThis
    globalThis.setInterval = ((job: () => Promise<void>, interval: number) => {
      if (interval === 600_000) begun.push(job)
      return setInterval(() => undefined, interval).unref()
    }) as typeof setInterval
    const jobs = createBackgroundJobs(config, parts as unknown as Parts, { hasCertificate: false } as Network)
    try {
      jobs.start()
    } finally {
      globalThis.setInterval = setInterval
      jobs.stop()
    }
    t.equal(begun.length, hasMailServer || hasMetrics ? 1 : 0)
    for (const job of begun) await job()
    t.strictSame([(await mails()).filter(mail => mail.startsWith('bobby')).length, noted.map(reached => reached.get(95))], [hasMailServer ? 1 : 0, hasMetrics ? [1] : []])
  }
})

t.test('more users than one statement reads are all looked at', async t => {
  const { server, alert, mails } = await begin(t)
  const { sql } = server.app.ports
  await sql.run("update users set bytes_stored = 1, disk_quota = -1 where user_name <> 'bobby'")
  const template = await sql.get("select sealed_password, plan, created_at from users where user_name = 'carol'")
  for (let i = 0; i < 1100; i++) {
    await sql.run(`insert into users (id, user_name, user_name_key, full_name, email, email_key, sealed_password, plan, created_at, bytes_stored, disk_quota)
      values ($id, $name, $name, 'Some User', $email, $email, $password, $plan, $now, 9, 10)`,
    { id: 1000 + i, name: `user${i}`, email: `user${i}@example.org`, password: String(template?.sealed_password), plan: String(template?.plan), now: Number(template?.created_at) })
  }
  t.strictSame(await alert(), { 80: 1100, 95: 0 })
  t.equal((await mails()).length, 1100)
})

t.test('the setting takes percentages, and says what it expects', async t => {
  const read = async (storageAlerts: string) => (await loadConfig({ storageAlerts }, {})).storageAlerts
  t.strictSame(await read('80,95'), [80, 95])
  t.strictSame(await read('95 %, 50%,95'), [50, 95])
  t.strictSame(await read('none'), [])
  for (const bad of ['0', '101', '-1', '80;90', 'x', '1,2,3,4,5,6,7,8,9,10,11', '80.5']) await t.rejects(read(bad), { message: /expected up to ten percentages/ }, bad)
})
