/** What an archive takes and what is counted of it, while it is sent: nothing of that waits for its end, or is as long as its folder. */
import type { Ports } from '../ports.ts'
import { countDownloads, type ArchivedFile } from '../store/archive-files.ts'
import { applyLimit, endDownload, takePlace } from '../store/file-limits.ts'
import { findFile } from '../store/files.ts'
import { addTraffic } from '../store/traffic.ts'
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
          if (!await takePlace(sql, server.id, file.id)) continue
          held.add(file.id)
          if (isOver) await release(file.id, false)
        }
        admitted.push(each)
      }
      return admitted
    },
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
      await settle(done, true)
    },
    /** After the end: what has left is counted, all else given back. A file of which the last byte has not left is no download, nor is one that `isBroken` made worthless. */
    async finish (isComplete: boolean, isBroken: boolean): Promise<void> {
      isOver = true
      const sent = isComplete ? Infinity : sentBytes()
      const rest = sending.splice(0)
      const isDone = (each: Sending) => !isBroken && endOf(each) <= sent
      await pay(rest, sent)
      if (reserved > 0 && payerId !== null) await addTraffic(sql, payerId, paid - reserved, startedAt)
      await settle(rest.filter(isDone), true)
      await settle(rest.filter(each => !isDone(each)), false)
      for (const id of held) await release(id, false)
    }
  }

  /** What was not taken beforehand is counted as it leaves. */
  async function pay (leaving: readonly Sending[], sent: number): Promise<void> {
    const bytes = leaving.reduce((sum, { file, start }) => sum + Math.max(0, Math.min(file.size, sent - start)), 0)
    paid += bytes
    if (reserved === 0 && payerId !== null && bytes > 0) await addTraffic(sql, payerId, bytes, startedAt)
  }

  async function settle (settled: readonly Sending[], isCounted: boolean): Promise<void> {
    const [limited, free] = [settled.filter(({ file }) => held.has(file.id)), settled.filter(({ file }) => !held.has(file.id))]
    const counted = isCounted ? free.map(({ file }) => file.id) : []
    for (let at = 0; at < counted.length; at += SLICE) await countDownloads(sql, counted.slice(at, at + SLICE))
    for (const { file } of limited) await release(file.id, isCounted)
  }

  async function release (id: string, isCounted: boolean): Promise<void> {
    if (!held.delete(id)) return
    await endDownload(sql, server.id, id, true, isCounted)
    const after = await findFile(sql, id)
    if (after !== undefined) await applyLimit(sql, after, clock.now())
  }
}

const endOf = ({ file, start }: Sending): number => start + file.size
