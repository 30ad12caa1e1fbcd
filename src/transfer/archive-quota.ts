/** What an archive takes and what is counted of it, while it is sent: nothing of that waits for its end, or is as long as its folder. */
import type { Ports } from '../ports.ts'
import { countDownloads, type ArchivedFile } from '../store/files/archive-files.ts'
import { applyLimit, endDownload, takeShare, type Outcome, type Share } from '../store/files/file-limits.ts'
import { findFile } from '../store/files/files.ts'
import { addTraffic } from '../store/operations/traffic.ts'
import type { Archived } from './archive-tree.ts'

/** On whom the bytes count, and how many were taken beforehand. */
export interface Account {
  readonly payerId: number | null
  readonly reserved: number
  readonly startedAt: number
}

/** A file on its way, with the place of its first byte in the archive. */
interface Sending {
  readonly file: ArchivedFile
  readonly start: number
}

/** What a file with a download limit holds of it. */
const ONE_PLACE: Share = { places: 1, bytes: 0 }
const NOTHING: Outcome = { downloads: 0, bytes: 0 }

/** Files that are counted at once. */
const SLICE = 100

/** `sentBytes` says how much of the archive has left. */
export function countArchive ({ payerId, reserved, startedAt }: Account, sentBytes: () => number, { sql, server, clock }: Ports) {
  const sending: Sending[] = []
  /** Ids of files whose place under a download limit is held. */
  const held = new Set<string>()
  let paid = 0
  let isOver = false

  return {
    /** Takes places under download limits; a file without one is left out. */
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
    /** The bytes of a file come next. False when the archive is over. */
    begin (file: ArchivedFile, start: number): boolean {
      if (!isOver) sending.push({ file, start })
      return !isOver
    },
    /** Counts what has left, now and then; at once what has a limit. */
    async settleSent (): Promise<void> {
      if (sending.length < SLICE && held.size === 0) return
      const sent = sentBytes()
      const first = sending.findIndex(each => endOf(each) > sent)
      const done = sending.splice(0, first === -1 ? sending.length : first)
      await pay(done, sent)
      await settle(done, true, sent)
    },
    /** After the end: what has left is counted, all else given back. A file of which the last byte has not left is no download, nor is one that `isBroken` made worthless. */
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

  /** What was not taken beforehand is counted as it leaves. */
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

  /** The bytes of what was no whole download add up to one. */
  async function release (id: string, outcome: Outcome): Promise<void> {
    if (!held.delete(id)) return
    await endDownload(sql, server.id, id, ONE_PLACE, outcome)
    const after = await findFile(sql, id)
    if (after !== undefined) await applyLimit(sql, after, clock.now())
  }
}

const endOf = ({ file, start }: Sending): number => start + file.size

/** How much of a file has left. */
const sentOf = ({ file, start }: Sending, sent: number): number => Math.max(0, Math.min(file.size, sent - start))
