/** `respace drill`: a correct client passes all drills, and each mistake is found only by the drill for it. */
// Runs on SQLite only.
// Runs first.
import { join } from 'node:path'
import t from 'tap'
import { ALL_DRILLS, drillClient, type DrillClientOptions, type DrillResult } from '../../src/drill-client.ts'
import { ROOT } from '../support/cli-process.ts'

const CLIENT = join(ROOT, 'test/clients/drilled.mjs')

/** Slow enough for the client to notice, and no slower. It waits some seconds where waiting is right, and longer on a loaded machine. */
const OPTIONS: DrillClientOptions = { jobs: 4, patience: 30_000, pace: { delayMs: 900, bytesPerSecond: 400_000, manyFiles: 100 } }

/** For clients that never end. */
const SHORT = 5000
const ENDLESS = ['hang', 'progress-stuck']

async function drilled (mistake: string, only: readonly string[] = []): Promise<ReadonlyMap<string, DrillResult>> {
  const { results } = await drillClient([process.execPath, CLIENT, mistake], { ...OPTIONS, ...ENDLESS.includes(mistake) && { patience: SHORT }, only })
  return new Map(results.map(result => [result.id.replace('drill/', ''), result]))
}

const verdictsOf = (results: ReadonlyMap<string, DrillResult>) => Object.fromEntries([...results].map(([id, { verdict }]) => [id, verdict]))
const tell = (results: ReadonlyMap<string, DrillResult>) => [...results].map(([id, { verdict, because, runs }]) => `${id} ${verdict} ${because} ${runs[0]?.stderr ?? ''}`).join('\n')

t.test('a correct client passes all drills', async t => {
  const results = await drilled('none')
  t.equal(results.size, 18)
  t.strictSame([...results].filter(([, { verdict }]) => verdict !== 'pass').map(([id]) => id), [], tell(results))
  t.match(results.get('session-over')?.runs[0]?.reaction, /^error 6 of download\.getInfo: logged in again, then tried again \(1 time\)$/)
  t.match(results.get('upload-cut')?.runs[0], { did: /^exit 0, \d+ requests, 1 of 1 new file complete$/, reaction: /^the upload was cut off: tried again after/ })
  t.equal(results.get('truncated')?.runs.length, 5, 'a run for each method but auth.logout')
  t.equal(results.get('hang')?.runs.length, 3, 'a call, an upload and a download')
  t.match(results.get('names')?.because, /downloaded and saved all 23 files; .* all 21 files; the name of its upload is the same/)
  t.match(results.get('many')?.because, /all 100 files; .* all 20 folders/)
})

/** The mistake, the drill that fails with its sentence, and the most similar drill, which passes. */
const MISTAKES: ReadonlyArray<readonly [mistake: string, drill: string, because: RegExp, other: string]> = [
  ['plain', 'plain', /^client\.call\/unknown-parameter: .*folderid/, 'not-xml'],
  ['session-over', 'session-over', /gave up with exit 1/, 'permission'],
  ['maintenance', 'maintenance', /reports success after a failure: exit 0/, 'empty'],
  ['busy', 'busy', /exit 0, but 0 new files instead of 1/, 'maintenance'],
  ['too-many-sessions', 'too-many-sessions', /again within a second \(3 logins\)/, 'session-over'],
  ['disk-full-again', 'disk-full', /it tried again \(3 times\)/, 'upload-cut'],
  ['permission', 'permission', /tried again: download\.getInfo 3 times/, 'disk-full'],
  ['reset-before', 'reset-before', /reports success after a failure: exit 0/, 'answer-lost'],
  ['upload-cut', 'upload-cut', /reports success after a failure: exit 0, but 0 new files instead of 1/, 'answer-lost'],
  ['upload-rest', 'upload-cut', /1 file without all bytes/, 'answer-lost'],
  ['answer-lost', 'answer-lost', /uploaded again without a check: 1 file too many/, 'upload-cut'],
  ['truncated', 'truncated/folders.getContents', /it reports success after a truncated answer of folders\.getContents/, 'empty'],
  ['not-xml', 'not-xml', /reports success after a page of HTML/, 'empty'],
  ['empty', 'empty', /reports success after an empty answer/, 'not-xml'],
  ['slow', 'slow', /^exit 1: 0 new files instead of 1/, 'progress-stuck'],
  ['hang', 'hang/api', /it had not ended after/, 'progress-stuck'],
  ['progress-stuck', 'progress-stuck', /polled the progress without end/, 'slow'],
  ['names-escaped', 'names', /printed \d+ of 21 names of files, not .*Tom & Jerry/, 'many'],
  ['names-overwritten', 'names', /downloaded all 23 files and saved 21, not "same name\.txt", "same name\.txt"$/, 'many'],
  ['names-upload', 'names', /uploaded "Gr.*" as "Gr\?\?/, 'many'],
  ['many', 'many', /printed \d\d of 100 names of files/, 'names']
]

const drillOf = (word: string): string => word.split('/')[0] ?? word

/** Enough concurrent clients to keep the machine busy while others wait. */
const AT_ONCE = 3

t.test('each mistake fails the drill for it, and not the similar one', async t => {
  const shown = new Set(MISTAKES.map(([, drill]) => `drill/${drillOf(drill)}`))
  t.strictSame(ALL_DRILLS.map(({ id }) => id).filter(id => !shown.has(id)), [], 'each drill fails for a mistake')
  const queue = [...MISTAKES]
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [mistake, drill, because, other] = next
      const results = await drilled(mistake, ['plain', drill, other])
      t.strictSame(verdictsOf(results), { plain: 'pass', [drillOf(other)]: 'pass', [drillOf(drill)]: 'fail' }, `${mistake}\n${tell(results)}`)
      t.match(results.get(drillOf(drill))?.because, because, mistake)
    }
  }))
})

t.test('work done at a cost for somebody is risky, or a failure with --strict', async t => {
  const cases: ReadonlyArray<readonly [mistake: string, drill: string, because: RegExp]> = [
    ['no-pause', 'maintenance', /^client\.errors\/no-pause: /],
    ['answer-ignored', 'answer-lost', /did not check that the file exists/],
    ['disk-full', 'disk-full', /sent 100000 bytes, where diskspace_left was 10/]
  ]
  await Promise.all(cases.map(async ([mistake, drill, because]) => {
    const { results, exitCode } = await drillClient([process.execPath, CLIENT, mistake], { ...OPTIONS, only: [drill] })
    t.match(results, [{ verdict: 'risky', because }], mistake)
    t.equal(exitCode, 0)
  }))
  const strict = await drillClient([process.execPath, CLIENT, 'disk-full'], { ...OPTIONS, only: ['disk-full'], isStrict: true })
  t.equal(strict.exitCode, 1)
})
