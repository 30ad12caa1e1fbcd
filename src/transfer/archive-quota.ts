/** Counts the files of an archive while it is sent: no work waits for its end or grows with its folder. */
import type { Ports } from '../ports.ts'
import { countDownloads, type ArchivedFile } from '../store/files/archive-files.ts'
import { addTraffic } from '../store/operations/traffic.ts'
import type { ArchiveShares, Placed } from './archive-shares.ts'
import type { ByteRange } from './byte-range.ts'

/** The payer of the bytes, and how many were reserved. */
export interface Account {
  readonly payerId: number | null
  readonly reserved: number
  readonly startedAt: number
}

/** Files counted in one batch. */
const SLICE = 100

/** `range` is the part of the archive that is sent, and `sentBytes` returns how much of it was. */
export function countArchive (
  { payerId, reserved, startedAt }: Account, range: ByteRange, shares: ArchiveShares, sentBytes: () => number, { sql }: Pick<Ports, 'sql'>
) {
  const sending: Placed[] = []
  let paid = 0
  let isOver = false

  return {
    /** The bytes of a file are next. False when the archive has ended. */
    begin (file: ArchivedFile, start: number): boolean {
      if (!isOver) sending.push({ file, start })
      return !isOver
    },
    /** Counts sent files in batches; files with a limit immediately. */
    async settleSent (): Promise<void> {
      if (sending.length < SLICE && shares.isEmpty()) return
      const sent = range.start + sentBytes()
      const first = sending.findIndex(each => endOf(each) > sent)
      const done = sending.splice(0, first === -1 ? sending.length : first)
      await pay(done, sent)
      await settle(done, true, sent)
    },
    /** After the end: counts the sent bytes, and releases the rest. A file is not a download if its last byte was not sent, or if `isBroken`. */
    async finish (isComplete: boolean, isBroken: boolean): Promise<void> {
      isOver = true
      const sent = isComplete ? range.end + 1 : range.start + sentBytes()
      const rest = sending.splice(0)
      const isDone = (each: Placed) => !isBroken && endOf(each) <= sent
      await pay(rest, sent)
      if (reserved > 0 && payerId !== null) await addTraffic(sql, payerId, paid - reserved, startedAt)
      await settle(rest.filter(isDone), true, sent)
      await settle(rest.filter(each => !isDone(each)), false, sent)
      await shares.end()
    }
  }

  /** Bytes that were not reserved are counted as they are sent. */
  async function pay (leaving: readonly Placed[], sent: number): Promise<void> {
    const bytes = leaving.reduce((sum, each) => sum + sentOf(each, sent), 0)
    paid += bytes
    if (reserved === 0 && payerId !== null && bytes > 0) await addTraffic(sql, payerId, bytes, startedAt)
  }

  async function settle (settled: readonly Placed[], isCounted: boolean, sent: number): Promise<void> {
    const [limited, free] = [settled.filter(({ file }) => shares.has(file.id)), settled.filter(({ file }) => !shares.has(file.id))]
    const counted = isCounted ? free.map(({ file }) => file.id) : []
    for (let at = 0; at < counted.length; at += SLICE) await countDownloads(sql, counted.slice(at, at + SLICE))
    for (const each of limited) await shares.release(each.file.id, isCounted ? { downloads: 1, bytes: 0 } : { downloads: 0, bytes: sentOf(each, sent) })
  }

  /** How much of a file was sent. */
  function sentOf ({ file, start }: Placed, sent: number): number {
    return Math.max(0, Math.min(start + file.size, sent) - Math.max(start, range.start))
  }
}

const endOf = ({ file, start }: Placed): number => start + file.size
