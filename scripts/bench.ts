/**
 * Compares the speed of Respace with nginx and an empty Fastify route, and prints ratios. Arguments
 * select benchmarks: `npm run bench -- large-upload memory`; `emulators`, which installs other programs to compare
 * with, runs only when named. A slow result is not a failure: the exit code is 0 unless
 * something did not run.
 */
import { measureArchives } from './bench/archives.ts'
import { measureBucket } from './bench/bucket.ts'
import { measureCalls, measureManyFiles } from './bench/calls.ts'
import { measureEmulator } from './bench/emulator.ts'
import { measureEmulators } from './bench/emulators.ts'
import { isMet, tableOf, type Figure } from './bench/figure.ts'
import { measureLargeDownload, measureLargeUpload, measureResumableUpload } from './bench/large-files.ts'
import { measureLargeTree } from './bench/large-tree.ts'
import { hasWrk } from './bench/load.ts'
import { measureLongLists } from './bench/long-lists.ts'
import { measureMemory } from './bench/memory.ts'
import { measureMixedLoad } from './bench/mixed-load.ts'
import { measurePostgres } from './bench/postgres.ts'
import { measureProcesses } from './bench/processes.ts'
import { measureSlowDisk } from './bench/slow-disk.ts'
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
  'large-upload': { needs: ['curl', 'nginx'], measure: measureLargeUpload },
  'resumable-upload': { needs: ['curl'], measure: measureResumableUpload },
  'large-download': { needs: ['curl', 'nginx'], measure: measureLargeDownload },
  archive: { needs: ['curl'], measure: measureArchives },
  memory: { needs: ['curl'], measure: measureMemory },
  'small-uploads': { needs: ['nginx'], measure: measureSmallUploads },
  'slow-disk': { needs: ['cc'], measure: measureSlowDisk },
  'long-lists': { needs: ['curl'], measure: measureLongLists },
  'large-tree': { needs: [], measure: measureLargeTree },
  'mixed-load': { needs: [], measure: measureMixedLoad },
  postgres: { needs: ['postgresql'], measure: measurePostgres },
  bucket: { needs: ['ceph', 'curl'], measure: measureBucket },
  processes: { needs: ['postgresql', 'redis', 'nginx'], measure: measureProcesses },
  emulators: { needs: [], isLeftOutUnlessNamed: true, measure: measureEmulators },
  start: { needs: [], measure: measureStart },
  emulator: { needs: [], measure: measureEmulator },
  'many-files': { needs: [], measure: measureManyFiles }
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter(name => !(name in WORKS))
if (unknown.length > 0) {
  process.stderr.write(`no such work: ${unknown.join(', ')}; expected ${Object.keys(WORKS).join(', ')}\n`)
  process.exit(1)
}

const folder = makeWorkspace()
const figures: Figure[] = []
const skipped: string[] = []
for (const [name, { needs, isLeftOutUnlessNamed, measure }] of Object.entries(WORKS)) {
  if (wanted.length > 0 ? !wanted.includes(name) : isLeftOutUnlessNamed) continue
  const missing = needs.filter(component => !isPresent(component))
  if (missing.length > 0) {
    skipped.push(`SKIPPED ${name}: ${missing.join(' and ')} not installed\n`)
    continue
  }
  process.stderr.write(`measuring ${name} …\n`)
  figures.push(...await measure(folder))
}
const targets = figures.filter(({ target }) => target !== undefined)
process.stdout.write('\n' + tableOf(figures))
if (!hasWrk()) process.stdout.write('\nwrk is not installed: autocannon was used instead, and its own time slows fast answers\n')
process.stdout.write(`\n${skipped.join('')}${targets.filter(isMet).length} of ${targets.length} targets met\n`)
