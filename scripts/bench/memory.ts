/** The peak memory of a server during one large upload. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { upload } from './curl.ts'
import type { Figure } from './figure.ts'
import { serve, ticketUrl } from './respace.ts'
import { GIB, KIB, MIB, makeSparseFile, tidy } from './workspace.ts'

/** Each in a new process: memory that grows with the size would show as a difference. */
export async function measureMemory (folder: string): Promise<Figure[]> {
  return [await peakDuring(1, folder), await peakDuring(4, folder)]
}

async function peakDuring (size: number, folder: string): Promise<Figure> {
  const file = makeSparseFile(join(folder, 'zeros.bin'), size * GIB)
  const storage = join(folder, `storage-of-${size}-gib`)
  const respace = await serve(storage)
  await upload(await ticketUrl(respace), file)
  const status = await readFile(`/proc/${respace.pid}/status`, 'utf8')
  const peak = Number(/^VmHWM:\s*(\d+) kB/m.exec(status)?.[1]) * KIB
  await respace.stop()
  await tidy(file, storage)
  return {
    work: `peak memory, ${size} GiB upload`, ours: `${(peak / MIB).toFixed(0)} MiB`, theirs: '', value: peak / 1e6, target: { atMost: 120, unit: 'MB' }
  }
}
