/** How calls fare beside uploads on a disk whose syncs take 20 ms, as those of a NAS or a small board do, against the disk of this machine. */
import { join } from 'node:path'
import { run } from './child.ts'
import type { Figure } from './figure.ts'
import { serveFilled } from './filled-storage.ts'
import { loadOf } from './load.ts'
import { measureByTurns, median } from './rounds.ts'
import { smallUploadsOn } from './small-uploads.ts'
import { tidy } from './workspace.ts'

const ROUNDS = 3
const SECONDS = 3
const FEW = 1000
/** Fewer than uploaders: what is measured is how long a call waits, not how many calls wait for each other. */
const CALLERS = 4

/** Takes the place of the system's functions; all of a process's syncs wait. */
const SLOW_SYNC = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
static void wait_for_disk (void) { struct timespec time = { 0, 20000000 }; nanosleep(&time, 0); }
int fsync (int file) { wait_for_disk(); return ((int (*) (int)) dlsym(RTLD_NEXT, "fsync"))(file); }
int fdatasync (int file) { wait_for_disk(); return ((int (*) (int)) dlsym(RTLD_NEXT, "fdatasync"))(file); }
`

export async function measureSlowDisk (folder: string): Promise<Figure[]> {
  const shim = join(folder, 'slow-sync.so')
  await run('sh', ['-c', 'printf \'%s\' "$1" | cc -shared -fPIC -x c - -o "$2" -ldl', 'sh', SLOW_SYNC, shim])
  const quick = await serveFilled(join(folder, 'storage-of-quick-disk'), FEW, FEW)
  const slow = await serveFilled(join(folder, 'storage-of-slow-disk'), FEW, FEW, { LD_PRELOAD: shim })
  const beside = ({ url, calls }: typeof slow) => async (): Promise<Beside> => {
    const [uploads, { perSecond, p99 }] = await Promise.all([smallUploadsOn({ url })(), loadOf(folder, calls, SECONDS, CALLERS)])
    return { uploads, perSecond, p99 }
  }
  await measureByTurns(1, [beside(slow), beside(quick)])
  const rounds = await measureByTurns(ROUNDS, [beside(slow), beside(quick)])
  await slow.stop()
  await quick.stop()
  await tidy(slow.storage, quick.storage)
  const of = (side: 0 | 1, name: keyof Beside): number => median(rounds.map(round => round[side]?.[name] ?? NaN))
  const ratio = (name: keyof Beside): number => median(rounds.map(([ours, theirs]) => (ours?.[name] ?? NaN) / (theirs?.[name] ?? NaN)))
  const both = (name: keyof Beside): Pick<Figure, 'ours' | 'theirs'> => ({ ours: `${of(0, name).toFixed(0)}/s`, theirs: `${of(1, name).toFixed(0)}/s` })
  return [
    { work: 'files.getInfo beside 16 uploaders, syncs of 20 ms ÷ those of this disk', ...both('perSecond'), value: ratio('perSecond'), target: { atLeast: 0.8 } },
    { work: 'its 99th percentile then', ours: `${of(0, 'p99').toFixed(1)} ms`, theirs: `${of(1, 'p99').toFixed(1)} ms`, value: of(0, 'p99'), target: { atMost: 10, unit: 'ms' } },
    { work: 'uploads of 10 KiB beside them, syncs of 20 ms ÷ those of this disk', ...both('uploads'), value: ratio('uploads') }
  ]
}

interface Beside {
  readonly uploads: number
  readonly perSecond: number
  /** Milliseconds. */
  readonly p99: number
}
