/** What an archive will be, before its first byte: its length, its name as a state, and what it holds. Nothing of it is kept for each file. */
import { createHash } from 'node:crypto'
import { hasReachedLimit } from '../domain/files/file-limit.ts'
import type { Ports } from '../ports.ts'
import type { ArchivedFile } from '../store/files/archive-files.ts'
import type { Placed } from './archive-shares.ts'
import { listTree, type Archived, type ArchiveSource } from './archive-tree.ts'
import { endOfArchive, recordLengths, type ZipEntry } from './zip-records.ts'

export interface ArchivePlan {
  /** Strong: from everything that the bytes follow from. */
  readonly etag: string
  readonly length: number
  /** Entries, and files among them. */
  readonly entries: number
  readonly files: number
  readonly fileBytes: number
  /** The files with a download limit that are in it. */
  readonly limited: readonly Placed[]
  /** Whether any file that it could have has a download limit. */
  readonly hasLimits: boolean
  /** One that is left out since its limit is reached. */
  readonly leftOut: ArchivedFile | undefined
  readonly replay: Replay
}

/** What it takes to find the same entries again. */
interface Replay {
  /** When it was planned, and when the last thing in it was added. */
  readonly plannedAt: number
  readonly latest: number
  /** For each group of entries the sum of all so far. */
  readonly sums: readonly string[]
}

/** Decides on a file with a download limit. */
export type Choose = (file: ArchivedFile) => boolean | Promise<boolean>

/** Entries that are compared at once. */
const GROUP = 250

/** Each of them can cost a write before the first byte, and has a mark in the entity tag. */
const MOST_LIMITED = 500

/** An archive has changed since it was planned. */
export class ArchiveChanged extends Error {
  constructor () {
    super('the folder has changed since its archive began')
  }
}

export interface Planning {
  readonly choose: Choose
  /** By the clock, Unix milliseconds. */
  readonly deadline: number
  /** Whether its reader is still there. */
  readonly isWanted: () => boolean
}

/** Reads the whole list. Undefined when that takes too long, or too many files have a download limit. */
export async function planArchive (source: ArchiveSource, { choose, deadline, isWanted }: Planning, ports: Pick<Ports, 'sql' | 'clock'>): Promise<ArchivePlan | undefined> {
  const plannedAt = ports.clock.now()
  const chain = createChain()
  const limited: Placed[] = []
  const sums: string[] = []
  let marks = ''
  let leftOut: ArchivedFile | undefined
  let [latest, offset, central, entries, files, fileBytes] = [0, 0, 0, 0, 0, 0]
  for await (const batch of listTree(source, ports)) {
    if (ports.clock.now() > deadline || !isWanted()) return undefined
    latest = batch.latest
    for (const each of batch.entries) {
      const { file } = each
      const isLimited = isCounted(file, plannedAt)
      if (isLimited && marks.length === MOST_LIMITED) return undefined
      const isIn = isLimited ? await choose(file) : !isExpired(file, plannedAt)
      if (isLimited) marks += isIn ? '1' : '0'
      if (!isIn) leftOut = file
      else add(each, isLimited)
    }
  }
  if (entries % GROUP > 0) sums.push(chain.sum())
  return {
    etag: `"${chain.sum()}${marks === '' ? '' : `-${marks}`}"`,
    length: offset + central + endOfArchive(entries, offset, central).length,
    entries,
    files,
    fileBytes,
    limited,
    hasLimits: marks !== '',
    leftOut,
    replay: { plannedAt, latest, sums }
  }

  function add (each: Archived, isLimited: boolean): void {
    const lengths = recordLengths(zipEntryOf(each), offset)
    const size = each.file?.size ?? 0
    if (isLimited && each.file) limited.push({ file: each.file, start: offset + lengths.local })
    offset += lengths.local + size
    central += lengths.central
    fileBytes += size
    entries++
    if (each.file) files++
    chain.add(each)
    if (entries % GROUP === 0) sums.push(chain.sum())
  }
}

/**
 * The entries of a planned archive once more. Each group is compared with the plan before any of it is given: what was added
 * meanwhile is left out, any other change ends the list with ArchiveChanged, so that nothing is sent at a wrong place.
 */
export async function * replayArchive (source: ArchiveSource, { limited, entries, replay }: ArchivePlan, ports: Pick<Ports, 'sql' | 'clock'>): AsyncGenerator<Archived> {
  const { plannedAt, latest, sums } = replay
  const chosen = new Set(limited.map(({ file }) => file.id))
  const chain = createChain()
  let group: Archived[] = []
  let count = 0
  for await (const batch of listTree(source, ports, latest)) {
    for (const each of batch.entries) {
      if (isCounted(each.file, plannedAt) ? !chosen.has(each.file.id) : isExpired(each.file, plannedAt)) continue
      chain.add(each)
      group.push(each)
      if (++count % GROUP === 0) yield * checked()
    }
  }
  if (count % GROUP > 0) yield * checked()
  if (count !== entries) throw new ArchiveChanged()

  function checked (): Archived[] {
    if (chain.sum() !== sums[Math.ceil(count / GROUP) - 1]) throw new ArchiveChanged()
    const done = group
    group = []
    return done
  }
}

/** Decides as an earlier plan did, by its entity tag; undefined for another one. */
export function chooseAsIn (etag: string): Choose | undefined {
  const [, marks] = /^"[0-9a-f]{32}(?:-([01]{1,500}))?"$/.exec(etag) ?? []
  if (marks === undefined) return undefined
  let next = 0
  return () => marks[next++] === '1'
}

/** An entry without its bytes. */
export const zipEntryOf = ({ path, modifiedAt, file }: Archived): ZipEntry => ({ path, modifiedAt, size: file?.size ?? 0, crc32: file?.crc32 ?? 0 })

const isExpired = (file: ArchivedFile | undefined, at: number): boolean =>
  file !== undefined && hasReachedLimit({ expiresAt: file.expiresAt, downloadLimit: null, downloads: 0 }, at)

const isCounted = (file: ArchivedFile | undefined, at: number): file is ArchivedFile =>
  file !== undefined && file.downloadLimit !== null && !isExpired(file, at)

/** Sums of entries. The first text changes with the format of the archive. */
function createChain () {
  const hash = createHash('sha256').update('ZIP 1')
  return {
    add ({ path, modifiedAt, file }: Archived): void {
      hash.update(JSON.stringify([path, modifiedAt, file?.size, file?.crc32, file?.blobId]))
    },
    /** Of all so far: 32 hex digits. */
    sum: (): string => hash.copy().digest('hex').slice(0, 32)
  }
}
