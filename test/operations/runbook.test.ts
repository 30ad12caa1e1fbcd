/** docs/runbook.md quotes what the program says, and its commands do what it promises: they are run as they stand there. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { openDatabase } from '../../src/adapters/database/open-database.ts'
import { anonymousTicket, element, errorCode, logIn, upload } from '../support/client.ts'
import { freePort } from '../support/free-port.ts'
import { ROOT, run, start } from '../support/cli-process.ts'
import { temporaryFolder } from '../support/server.ts'
import { mountMemory } from '../support/small-disk.ts'
import { until } from '../support/wait-until.ts'

const page = await readFile(join(ROOT, 'docs/runbook.md'), 'utf8')
const [beginning = '', ...chapters] = page.split(/^## /m)
const blocksOf = (text: string): string[] => [...text.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block = '']) => block)

/** Of a chapter, in the order of the page. */
function blocks (heading: string): string[] {
  const found = blocksOf(chapters.find(chapter => chapter.startsWith(`${heading}\n`)) ?? '')
  if (found.length === 0) throw new Error(`no chapter ${heading}`)
  return found
}

interface Machine {
  readonly storage: string
  readonly url: string
  readonly folder: string
  /** What a block printed; throws with that when a command of it fails, unless `mayFail`. */
  sh (block: string, mayFail?: boolean): Promise<string>
}

/** What the page takes for granted: paths, a service, a user. The database is in the storage folder. */
async function machine (t: Test, storage?: string): Promise<Machine> {
  const folder = await temporaryFolder(t)
  const port = await freePort()
  const place = storage ?? join(folder, 'storage')
  const pidFile = join(folder, 'pid')
  await mkdir(join(folder, 'backup'))
  t.teardown(() => {
    if (!existsSync(pidFile)) return
    try {
      process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL')
    } catch {}
  })
  const url = `http://127.0.0.1:${port}`
  const placed = (text: string): string => text.replaceAll('/var/lib/respace', place).replaceAll('/opt/respace', ROOT).replaceAll('http://127.0.0.1:8080', url)
    .replaceAll('/backup/', `${folder}/backup/`).replaceAll('/etc/respace.env', join(folder, 'no-settings'))
  const stubs = `
    chown () { :; }
    psql () { :; }
    pgrep () { cat ${pidFile}; }
    systemctl () {
      if [ "$1" = stop ]; then
        kill "$(cat ${pidFile})"; while kill -0 "$(cat ${pidFile})" 2>&-; do sleep 0.05; done
      else
        ${process.execPath} ${ROOT}/dist/main.js serve --port ${port} --storage $S > ${folder}/log 2>&1 < /dev/null & echo $! > ${pidFile}
        until curl -fs $U/healthz > ${folder}/answer; do kill -0 "$(cat ${pidFile})"; sleep 0.05; done
      fi
    }
  `
  const script = (block: string, mayFail: boolean): string => `${placed(prelude)}\n${stubs}\n${mayFail ? '' : 'set -e'}\n${placed(block)}${mayFail ? '\ntrue' : ''}`
  return {
    storage: place,
    url,
    folder,
    async sh (block, mayFail = false) {
      const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('RESPACE_') && name !== 'NODE_OPTIONS'))
      const { stdout, stderr } = await promisify(execFile)('sh', ['-c', script(block, mayFail)], { env, timeout: 100_000 })
      return stdout + stderr
    }
  }
}

/** The lines that define; the others look at a server that runs. */
const prelude = (blocksOf(beginning)[0] ?? '').split('\n').slice(0, 3).join('\n')

async function fill ({ sh, url, storage }: Machine, count = 3): Promise<string[]> {
  await sh('systemctl start respace')
  const added = await run(['user', 'add', 'alice', '--email', 'alice@example.org', '--storage', storage])
  if (added.status !== 0) throw new Error(added.stderr)
  const answers = await Promise.all(Array.from({ length: count }, async (_, i) => upload(await anonymousTicket({ url }), [{ name: `${i}.bin`, bytes: randomBytes(3_000_000) }])))
  return answers.map(({ body }) => element(body, 'file_id'))
}

const passwordIn = (text: string): string => /alice: (\S+)/.exec(text)?.[1] ?? ''

t.test('what it quotes is said by the program, and its alerts are there', async t => {
  const names = (await readdir(join(ROOT, 'src'), { recursive: true })).filter(name => name.endsWith('.ts'))
  const source = (await Promise.all(names.map(name => readFile(join(ROOT, 'src', name), 'utf8')))).join('\n')
  const alerts = await readFile(join(ROOT, 'docs/monitoring/alerts.yml'), 'utf8')
  const seen = chapters.flatMap(chapter => /^\*\*See\.\*\*[^]*?(?=^(?:\*\*Do|```))/m.exec(chapter)?.[0] ?? [])
  t.equal(seen.length, chapters.length)
  const quotes = seen.flatMap(text => [...text.matchAll(/`([^`]+)`/g)].map(([, quote = '']) => quote))
  t.ok(quotes.filter(quote => /^Respace\w+$/.test(quote)).length > 5 && quotes.filter(quote => / .* /.test(quote)).length > 10, quotes.join(', '))
  for (const quote of quotes) {
    if (/^Respace\w+$/.test(quote)) t.match(alerts, `alert: ${quote}\n`)
    else if (/^respace_/.test(quote)) t.match(source, quote.replace(/\{.*/, ''))
    // SQLite's own words, and commands.
    else if (/ .* /.test(quote) && !/malformed|^respace /.test(quote)) for (const part of quote.split(/"?(?:respace restore )?…(?:\/secret\.key)?"? ?/)) t.ok(source.includes(part.trim()), part)
  }
})

t.test('a full disk', async t => {
  const disk = await mountMemory(t, 60_000_000)
  if (disk === undefined) {
    t.comment('no tmpfs may be mounted here')
    return
  }
  const storage = join(disk.folder, 'storage')
  const here = await machine(t, storage)
  await fill(here)
  const ballast = join(disk.folder, 'ballast')
  await here.sh(`dd if=/dev/zero of=${ballast} bs=1M`, true)
  const readiness = async () => (await fetch(`${here.url}/readyz`)).text()
  await until('it is told', async () => await readiness() === 'disk: full or read-only\n')
  const [look = '', on = '', over = ''] = blocks('A full disk')
  t.match(await here.sh(look), /100%[^]*reserved-space[^]*alice[^]*uploads: off/)
  await rm(ballast)
  t.match(await here.sh(on), 'uploads: on')
  await until('it is over', async () => await readiness() === 'ok\n')
  t.match(await here.sh(over), /^ok\n[^]*is in order/)
  await here.sh('systemctl stop respace')
})

t.test('half a restore', async t => {
  const here = await machine(t)
  await fill(here, 8)
  await here.sh('respace backup /backup/respace --storage $S; systemctl stop respace')
  await rm(here.storage, { recursive: true })
  const restoring = start(['restore', join(here.folder, 'backup/respace'), '--storage', here.storage])
  await until('it has begun', () => existsSync(join(here.storage, 'incomplete')) && readFileSync(join(here.storage, 'incomplete'), 'utf8') !== '')
  restoring.kill('SIGKILL')
  await restoring.ended
  t.match((await run(['serve', '--port', '0', '--storage', here.storage])).stderr, /is incomplete: "respace restore .*" did not finish/)
  const [again = '', over = ''] = blocks('Half a restore')
  t.match(await here.sh(again), /^respace restore .*\nrestored 8 files/)
  t.match(await here.sh(over), 'is in order')
  t.equal(await (await fetch(`${here.url}/readyz`)).text(), 'ok\n')
})

t.test('a damaged database page', async t => {
  const here = await machine(t)
  const ids = await fill(here)
  await here.sh('systemctl stop respace')
  await zeroRootOf(join(here.storage, 'respace.sqlite'), 'sessions_by_user')
  await here.sh('systemctl start respace')
  const [save = '', swap = '', over = ''] = blocks('A damaged database page')
  t.match(await here.sh(save), /is damaged[^]*restored 3 files/)
  await here.sh(swap)
  t.match(await here.sh(over), /is in order\n[^]*saved 3 files/)
  for (const id of ids) t.equal((await fetch(`${here.url}/pro/dl/${id}`)).status, 200)
})

t.test('the lost key', async t => {
  const here = await machine(t)
  const ids = await fill(here)
  await here.sh('respace backup /backup/respace --storage $S; systemctl stop respace')
  const key = join(here.storage, 'secret.key')
  await rm(key)
  t.match((await run(['serve', '--port', '0', '--storage', here.storage])).stderr, /secret\.key is missing, but .* needs it/)
  const [put = '', anew = '', over = ''] = blocks('The lost key')
  await here.sh(put)
  await rm(key)
  const { stdout } = await promisify(execFile)('sqlite3', ['--version']).catch(() => ({ stdout: '' }))
  if (stdout === '') {
    t.comment('sqlite3 is not installed')
    return
  }
  const password = passwordIn(await here.sh(anew))
  t.equal(errorCode(await logIn(here, 'alice', password)), 0)
  chmodSync(key, 0o600)
  t.match(await here.sh(over), /^ok\n600 /)
  for (const id of ids) t.equal((await fetch(`${here.url}/pro/dl/${id}`)).status, 200)
})

t.test('a stuck server', async t => {
  const here = await machine(t)
  await fill(here)
  const pid = Number(await readFile(join(here.folder, 'pid'), 'utf8'))
  process.kill(pid, 'SIGSTOP')
  const [look = '', kill = '', over = ''] = blocks('A stuck server')
  t.match(await here.sh(look, true), new RegExp(`^000 after 3\\.[^]*^ *${pid} T`, 'm'))
  await here.sh(`pid=${pid}\n${kill}`)
  t.match(await here.sh(over), /^ok\nok\n/)
})

/** What a disk gives back of a sector that it has lost. */
async function zeroRootOf (file: string, index: string): Promise<void> {
  const db = openDatabase(file)
  const { rootpage } = db.prepare<[string], { rootpage: number }>('select rootpage from sqlite_master where name = ?').get(index) ?? { rootpage: 0 }
  const { page_size: size } = db.prepare<[], { page_size: number }>('pragma page_size').get() ?? { page_size: 0 }
  db.prepare('pragma wal_checkpoint(truncate)').all()
  db.close()
  const handle = await open(file, 'r+')
  await handle.write(Buffer.alloc(size), 0, size, (rootpage - 1) * size)
  await handle.close()
}
