/** The unit for systemd: what stands in it agrees with the program, and systemd has nothing against it. */
// Runs on SQLite only.
import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { readConfig } from '../../src/config.ts'
import { LAST_DELAY } from '../../src/commands/run-server.ts'
import { ROOT, run, serveProgram } from '../support/cli-process.ts'
import { temporaryFolder } from '../support/server.ts'

const unit = await readFile(join(ROOT, 'scripts/respace.service'), 'utf8')

/** Sections, keys and values as systemd reads them; throws for any line that is none of them. */
function readUnit (text: string): Map<string, string[]> {
  const values = new Map<string, string[]>()
  let section = ''
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const [, name] = /^\[(Unit|Service|Install)\]$/.exec(line) ?? []
    if (name !== undefined) {
      section = name
      continue
    }
    const [, key, value = ''] = /^([A-Z]\w+)=(\S.*|)$/.exec(line) ?? []
    if (key === undefined || section === '') throw new Error(`neither a section nor a setting: ${line}`)
    values.set(`${section}.${key}`, [...values.get(`${section}.${key}`) ?? [], value])
  }
  return values
}

const values = readUnit(unit)
const of = (key: string): string => values.get(`Service.${key}`)?.join(' ') ?? ''
const environment = Object.fromEntries(of('Environment').split(' ').map(pair => pair.split('=', 2))) as Readonly<Record<string, string>>
const config = readConfig({}, environment)

t.test('the unit gives transfers the time that the settings promise them, and the limits that it tells of', async t => {
  t.ok(config.drainDelay > 0)
  const [, seconds = ''] = /^(\d+)s$/.exec(of('TimeoutStopSec')) ?? []
  t.ok(Number(seconds) * 1000 > config.drainDelay + config.gracePeriod + LAST_DELAY, 'systemd does not kill what still ends by itself')
  t.equal(config.storage, `/var/lib/${of('StateDirectory')}`)
  t.equal(of('Restart'), 'on-failure')
  for (const key of ['LogRateLimitIntervalSec', 'LogRateLimitBurst', 'MemoryMax', 'TasksMax']) t.match(of(key), /^\d+/, key)
  for (const [key, value] of [['ProtectSystem', 'strict'], ['NoNewPrivileges', 'yes'], ['CapabilityBoundingSet', '']] as const) t.equal(of(key), value, key)
  t.not(of('User'), 'root')
})

t.test('systemd understands the unit and finds little that it leaves open', { skip: spawnSync('systemd-analyze', ['--version']).error !== undefined && 'systemd is not installed' }, async t => {
  const file = join(await temporaryFolder(t), 'respace.service')
  await writeFile(file, unit.replace('/usr/bin/node', process.execPath))
  const analyze = (...words: string[]) => {
    const { status, stdout, stderr } = spawnSync('systemd-analyze', [...words, file], { encoding: 'utf8', env: { ...process.env, SYSTEMD_PAGER: 'cat' } })
    return { status, said: stderr, shown: stdout }
  }
  t.match(analyze('verify'), { status: 0, said: '' })
  const { status, shown } = analyze('security', '--offline=yes', '--threshold=20')
  t.equal(status, 0, /Overall exposure level.*/.exec(shown)?.[0] ?? '')
})

t.test('what the unit starts answers, with its settings and its limit of open files, and ends in time', async t => {
  const [, words = ''] = /^\/usr\/bin\/node \/opt\/respace\/dist\/main\.js (serve)$/.exec(of('ExecStart')) ?? []
  t.equal(words, 'serve')
  const folder = await temporaryFolder(t)
  const limit = ['prlimit', `--nofile=${of('LimitNOFILE')}:${of('LimitNOFILE')}`, '--pid']
  // The limit of the test itself goes down, and with it that of what it starts.
  const { status } = spawnSync(limit[0] ?? '', [...limit.slice(1), String(process.pid)])
  const server = await serveProgram(t, [], { env: { ...environment, RESPACE_STORAGE: join(folder, 'storage') } })
  if (status === 0) t.match(server.stdout(), 'Connections    10000 at most')
  t.equal((await fetch(`${server.url}/readyz`)).status, 200)
  const began = performance.now()
  server.kill('SIGTERM')
  t.match(await server.ended, { status: 0, stderr: '' })
  t.ok(performance.now() - began >= config.drainDelay)
  t.match(await run(['user', 'list', '--storage', server.storage]), { status: 0 })
})
