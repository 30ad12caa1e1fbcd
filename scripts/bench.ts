/**
 * Measures what the speed of Respace is promised by, beside nginx and an empty Fastify route, and prints ratios. Words
 * choose some of the works: `npm run bench -- large-upload memory`. Slow is no failure: the exit code is 0 unless
 * something did not run.
 */
import { measureCalls, measureManyFiles } from './bench/calls.ts'
import { isInstalled } from './bench/child.ts'
import { measureEmulator } from './bench/emulator.ts'
import { isMet, tableOf, type Figure } from './bench/figure.ts'
import { measureLargeDownload, measureLargeUpload, measureResumableUpload } from './bench/large-files.ts'
import { measureLargeTree } from './bench/large-tree.ts'
import { hasWrk } from './bench/load.ts'
import { measureLongLists } from './bench/long-lists.ts'
import { measureMemory } from './bench/memory.ts'
import { measureMixedLoad } from './bench/mixed-load.ts'
import { measureSmallUploads } from './bench/small-uploads.ts'
import { measureStart } from './bench/start-time.ts'
import { makeWorkspace } from './bench/workspace.ts'

interface Work {
  /** Programs it cannot do without. */
  readonly needs: readonly string[]
  measure (folder: string): Promise<Figure[]>
}

const WORKS: Readonly<Record<string, Work>> = {
  calls: { needs: [], measure: measureCalls },
  'large-upload': { needs: ['curl', 'nginx'], measure: measureLargeUpload },
  'resumable-upload': { needs: ['curl'], measure: measureResumableUpload },
  'large-download': { needs: ['curl', 'nginx'], measure: measureLargeDownload },
  memory: { needs: ['curl'], measure: measureMemory },
  'small-uploads': { needs: ['nginx'], measure: measureSmallUploads },
  'long-lists': { needs: ['curl'], measure: measureLongLists },
  'large-tree': { needs: [], measure: measureLargeTree },
  'mixed-load': { needs: [], measure: measureMixedLoad },
  start: { needs: [], measure: measureStart },
  emulator: { needs: ['npm'], measure: measureEmulator },
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
for (const [name, { needs, measure }] of Object.entries(WORKS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const missing = needs.filter(program => !isInstalled(program))
  if (missing.length > 0) {
    skipped.push(`SKIPPED ${name}: ${missing.join(' and ')} not installed\n`)
    continue
  }
  process.stderr.write(`measuring ${name} …\n`)
  figures.push(...await measure(folder))
}
process.stdout.write('\n' + tableOf(figures))
if (!hasWrk()) process.stdout.write('\nwrk is not installed: autocannon asked instead, and takes time of its own from fast answers\n')
process.stdout.write(`\n${skipped.join('')}${figures.filter(isMet).length} of ${figures.length} targets met\n`)
