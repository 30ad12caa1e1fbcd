/** Reserves and counts the files of an archive while it is sent: no work waits for its end or grows with its folder. */
import type { Ports } from '../ports.ts'
import { countDownloads, type ArchivedFile } from '../store/files/archive-files.ts'
import { applyLimit, endDownload, takeShare, type Outcome, type Share } from '../store/files/file-limits.ts'
import { findFile } from '../store/files/files.ts'
import { addTraffic } from '../store/operations/traffic.ts'
import type { Archived } from './archive-tree.ts'

/** The payer of the bytes, and how many were reserved. */
export interface Account {
  readonly payerId: number | null
  readonly reserved: number
  readonly startedAt: number
}

/** A file being sent, with the position of its first byte in the archive. */
interface Sending {
  readonly file: ArchivedFile
  readonly start: number
}

/** The share of a file's download limit. */
const ONE_PLACE: Share = { places: 1, bytes: 0 }
const NOTHING: Outcome = { downloads: 0, bytes: 0 }

/** Files counted in one batch. */
const SLICE = 100

/** `sentBytes` returns how much of the archive was sent. */
export function countArchive ({ payerId, reserved, startedAt }: Account, sentBytes: () => number, { sql, server, clock }: Ports) {
  const sending: Sending[] = []
  /** Ids of files with a reserved download slot. */
  const held = new Set<string>()
  let paid = 0
  let isOver = false

  return {
    /** Reserves download slots; a file without a free one is left out. */
    async admit (archived: readonly Archived[]): Promise<Archived[]> {
      const admitted: Archived[] = []
      for (const each of archived) {
        const { file } = each
        if (file !== undefined && file.downloadLimit !== null) {
          if (!await takeShare(sql, server.id, file.id, ONE_PLACE)) continue
          held.add(file.id)
          if (isOver) await release(file.id, NOTHING)
        }
        admitted.push(each)
      }
      return admitted
    },
    /** Whether others wait for a file of this archive. */
    holdsPlaces: () => held.size > 0,
    /** The bytes of a file are next. False when the archive has ended. */
    begin (file: ArchivedFile, start: number): boolean {
      if (!isOver) sending.push({ file, start })
      return !isOver
    },
    /** Counts sent files in batches; files with a limit immediately. */
    async settleSent (): Promise<void> {
      if (sending.length < SLICE && held.size === 0) return
      const sent = sentBytes()
      const first = sending.findIndex(each => endOf(each) > sent)
      const done = sending.splice(0, first === -1 ? sending.length : first)
      await pay(done, sent)
      await settle(done, true, sent)
    },
    /** After the end: counts the sent bytes, and releases the rest. A file is not a download if its last byte was not sent, or if `isBroken`. */
    async finish (isComplete: boolean, isBroken: boolean): Promise<void> {
      isOver = true
      const sent = isComplete ? Infinity : sentBytes()
      const rest = sending.splice(0)
      const isDone = (each: Sending) => !isBroken && endOf(each) <= sent
      await pay(rest, sent)
      if (reserved > 0 && payerId !== null) await addTraffic(sql, payerId, paid - reserved, startedAt)
      await settle(rest.filter(isDone), true, sent)
      await settle(rest.filter(each => !isDone(each)), false, sent)
      for (const id of held) await release(id, NOTHING)
    }
  }

  /** Bytes that were not reserved are counted as they are sent. */
  async function pay (leaving: readonly Sending[], sent: number): Promise<void> {
    const bytes = leaving.reduce((sum, each) => sum + sentOf(each, sent), 0)
    paid += bytes
    if (reserved === 0 && payerId !== null && bytes > 0) await addTraffic(sql, payerId, bytes, startedAt)
  }

  async function settle (settled: readonly Sending[], isCounted: boolean, sent: number): Promise<void> {
    const [limited, free] = [settled.filter(({ file }) => held.has(file.id)), settled.filter(({ file }) => !held.has(file.id))]
    const counted = isCounted ? free.map(({ file }) => file.id) : []
    for (let at = 0; at < counted.length; at += SLICE) await countDownloads(sql, counted.slice(at, at + SLICE))
    for (const each of limited) await release(each.file.id, isCounted ? { downloads: 1, bytes: 0 } : { downloads: 0, bytes: sentOf(each, sent) })
  }

  /** The bytes of incomplete downloads add up to one. */
  async function release (id: string, outcome: Outcome): Promise<void> {
    if (!held.delete(id)) return
    await endDownload(sql, server.id, id, ONE_PLACE, outcome)
    const after = await findFile(sql, id)
    if (after !== undefined) await applyLimit(sql, after, clock.now())
  }
}

const endOf = ({ file, start }: Sending): number => start + file.size

/** How much of a file was sent. */
const sentOf = ({ file, start }: Sending, sent: number): number => Math.max(0, Math.min(file.size, sent - start))
