/**
 * Compares the speed of Respace with nginx and an empty Fastify route, and prints ratios: the median of all rounds, the least and the most. Arguments
 * select benchmarks: `npm run bench -- large-upload memory`; those that install other programs run only when named. `--compare REVISION` builds another
 * commit and compares both; `--write` puts the table into docs/performance.md; `--json` prints the figures as data. A slow result is not a failure: the
 * exit code is 0 unless something did not run. On a machine that is busy with other work ratios are printed, but not judged.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { measureArchives } from './bench/archives.ts'
import { measureBucket } from './bench/bucket.ts'
import { busyShare, TOO_BUSY } from './bench/busy.ts'
import { measureCalls, measureManyFiles } from './bench/calls.ts'
import { compareBuilds } from './bench/compare-builds.ts'
import { measureEmulator } from './bench/emulator.ts'
import { measureEmulators } from './bench/emulators.ts'
import { isMet, markdownOf, tableOf, type Figure } from './bench/figure.ts'
import { measureFirstPaint } from './bench/first-paint.ts'
import { measureLargeDownload, measureLargeUpload, measureResumableUpload } from './bench/large-files.ts'
import { measureLargeSets } from './bench/large-sets.ts'
import { measureLargeTree } from './bench/large-tree.ts'
import { hasWrk } from './bench/load.ts'
import { measureLongLists } from './bench/long-lists.ts'
import { measureLongRun } from './bench/long-run.ts'
import { measureMemory } from './bench/memory.ts'
import { measureMixedLoad } from './bench/mixed-load.ts'
import { measurePages } from './bench/pages.ts'
import { measurePeers } from './bench/peers.ts'
import { PLIK } from './bench/plik.ts'
import { measurePostgres } from './bench/postgres.ts'
import { measureProcesses } from './bench/processes.ts'
import { measureSlowDisk } from './bench/slow-disk.ts'
import { measureSmallDownloads } from './bench/small-downloads.ts'
import { measureSmallUploads } from './bench/small-uploads.ts'
import { measureStart } from './bench/start-time.ts'
import { makeWorkspace } from './bench/workspace.ts'
import { isPresent, type ComponentName } from './bring-components.ts'

interface Work {
  /** Programs that it needs. */
  readonly needs: readonly ComponentName[]
  readonly isLeftOutUnlessNamed?: boolean
  measure (folder: string): Promise<Figure[]>
}

const WORKS: Readonly<Record<string, Work>> = {
  calls: { needs: [], measure: measureCalls },
  pages: { needs: [], measure: measurePages },
  'large-upload': { needs: ['curl', 'nginx'], measure: measureLargeUpload },
  'resumable-upload': { needs: ['curl'], measure: measureResumableUpload },
  'large-download': { needs: ['curl', 'nginx'], measure: measureLargeDownload },
  'small-downloads': { needs: ['curl', 'nginx'], measure: measureSmallDownloads },
  archive: { needs: ['curl'], measure: measureArchives },
  memory: { needs: ['curl'], measure: measureMemory },
  'small-uploads': { needs: ['nginx'], measure: measureSmallUploads },
  'slow-disk': { needs: ['cc'], measure: measureSlowDisk },
  'long-lists': { needs: ['curl'], measure: measureLongLists },
  'first-paint': { needs: ['chromium'], measure: measureFirstPaint },
  'large-sets': { needs: [], measure: folder => measureLargeSets(folder) },
  'large-tree': { needs: [], measure: measureLargeTree },
  'mixed-load': { needs: [], measure: measureMixedLoad },
  'long-run': { needs: [], isLeftOutUnlessNamed: true, measure: measureLongRun },
  postgres: { needs: ['postgresql'], measure: measurePostgres },
  bucket: { needs: ['ceph', 'curl'], measure: measureBucket },
  processes: { needs: ['postgresql', 'redis', 'nginx'], measure: measureProcesses },
  peers: { needs: ['curl'], isLeftOutUnlessNamed: PLIK === undefined, measure: measurePeers },
  emulators: { needs: [], isLeftOutUnlessNamed: true, measure: measureEmulators },
  start: { needs: [], measure: measureStart },
  emulator: { needs: [], measure: measureEmulator },
  'many-files': { needs: [], measure: measureManyFiles }
}

const { values: asked, positionals: wanted } = parseArgs({
  options: { compare: { type: 'string' }, json: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } }, allowPositionals: true
})
const unknown = wanted.filter(name => !(name in WORKS))
if (unknown.length > 0) {
  process.stderr.write(`no such work: ${unknown.join(', ')}; expected ${Object.keys(WORKS).join(', ')}\n`)
  process.exit(1)
}
if (asked.compare === undefined) await measureAll()
else process.stdout.write('\n' + await compareBuilds(asked.compare, wanted))

async function measureAll (): Promise<void> {
  const folder = makeWorkspace()
  const figures: Figure[] = []
  const skipped: string[] = []
  const shares: number[] = []
  for (const [name, { needs, isLeftOutUnlessNamed, measure }] of Object.entries(WORKS)) {
    if (wanted.length > 0 ? !wanted.includes(name) : isLeftOutUnlessNamed) continue
    const missing = needs.filter(component => !isPresent(component))
    if (missing.length > 0) {
      skipped.push(`SKIPPED ${name}: ${missing.join(' and ')} not installed\n`)
      continue
    }
    shares.push(await busyShare())
    process.stderr.write(`measuring ${name} …\n`)
    figures.push(...await measure(folder))
  }
  const busiest = Math.max(...shares)
  const isJudged = busiest <= TOO_BUSY
  if (asked.json) process.stdout.write(JSON.stringify(figures) + '\n')
  else {
    process.stdout.write('\n' + tableOf(figures, isJudged))
    if (!hasWrk()) process.stdout.write('\nwrk is not installed: autocannon was used instead, and its own time slows fast answers\n')
    const targets = figures.filter(({ target }) => target !== undefined)
    const judgement = isJudged ? `${targets.filter(isMet).length} of ${targets.length} targets met` : `not judged: other programs used ${Math.round(busiest * 100)} % of this machine's processors`
    process.stdout.write(`\n${skipped.join('')}${judgement}\n`)
  }
  if (asked.write && isJudged) writeTable(figures)
}

/** Between the marks of docs/performance.md. */
function writeTable (figures: readonly Figure[]): void {
  const page = 'docs/performance.md'
  const [start, end] = ['<!-- bench -->\n', '<!-- /bench -->']
  const text = readFileSync(page, 'utf8')
  writeFileSync(page, text.slice(0, text.indexOf(start) + start.length) + '\n' + markdownOf(figures) + '\n' + text.slice(text.indexOf(end)))
}
