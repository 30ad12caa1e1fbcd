/** A later start removes what a killed emulator left in the temporary folder, and nothing else. */
// Runs on SQLite only.
import { mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { start } from '../support/cli-process.ts'
import { temporaryFolder } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

/** A running emulator whose temporary folder is in `folder`. */
async function startIn (t: Test, folder: string) {
  const running = start(['dev', '--port', '0', '--seed', 'none'], { env: { TMPDIR: folder } })
  t.teardown(() => { running.kill('SIGKILL') })
  await until('it answers', () => running.stdout().includes('Respace emulator on'))
  return running
}

t.test('a start cleans up after a killed emulator, but not a running one, also when several start at once', async t => {
  const folder = await temporaryFolder(t)
  const killed = await Promise.all([startIn(t, folder), startIn(t, folder)])
  t.equal(readdirSync(folder).length, 2)
  for (const one of killed) one.kill('SIGKILL')
  await Promise.all(killed.map(one => one.ended))
  const left = readdirSync(folder)
  t.equal(left.length, 2, 'nobody could tidy up')

  const victim = join(folder, 'kept')
  mkdirSync(victim)
  writeFileSync(join(victim, 'emulator.lock'), '')
  symlinkSync(victim, join(folder, 'respace-dev-link'))
  mkdirSync(join(folder, 'respace-dev-young'))
  mkdirSync(join(folder, 'respace-dev-old'))
  const longAgo = Date.now() / 1000 - 2 * 24 * 60 * 60
  utimesSync(join(folder, 'respace-dev-old'), longAgo, longAgo)
  writeFileSync(join(folder, 'respace-dev-file'), '')
  const others = ['kept', 'respace-dev-file', 'respace-dev-link', 'respace-dev-young']

  const living = await Promise.all([startIn(t, folder), startIn(t, folder)])
  const now = readdirSync(folder)
  t.strictSame(now.filter(name => left.includes(name) || name === 'respace-dev-old'), [], 'what nobody owns is gone')
  t.strictSame(now.filter(name => others.includes(name)), others, 'links, files and what is just being made stay')
  t.equal(now.length, others.length + 2)
  t.strictSame(readdirSync(victim), ['emulator.lock'])

  const third = await startIn(t, folder)
  t.strictSame(now.filter(name => !readdirSync(folder).includes(name)), [], 'those of living ones stay')
  for (const one of [...living, third]) one.kill('SIGTERM')
  await Promise.all([...living, third].map(one => one.ended))
  t.strictSame(readdirSync(folder), others, 'each removes its own')
})
