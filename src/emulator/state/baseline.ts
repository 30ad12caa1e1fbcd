/** The state that a seed created, kept inside the database, so that a reset writes only what has changed. */
import type { RefCountedBlobs } from './ref-counted-blobs.ts'
import type { ServerSettings, SnapshotSource } from './snapshot.ts'

/** The rows of one moment, and which blobs have come and gone since. */
export interface RowCopies {
  copy (): Promise<void>
  restore (): Promise<void>
  listBlobs (): Promise<string[]>
  compareBlobs (): Promise<{ readonly gone: string[], readonly added: string[] }>
}

/** Where a reset leads back to. */
export interface Baseline {
  /** Keeps the current state, in place of an earlier one. */
  keep (): Promise<void>
  /** Restores what is kept; false when nothing is. */
  restore (): Promise<boolean>
  /** Gives up what is kept. */
  release (): Promise<void>
}

/** `settings` reads and writes all that is in no row. */
export function createBaseline (
  { copies, blobs, sharedBlobs, holder }: Pick<SnapshotSource, 'blobs' | 'holder'> & { readonly copies: RowCopies, readonly sharedBlobs: RefCountedBlobs },
  settings: { read (): ServerSettings, write (settings: ServerSettings): void }
): Baseline {
  /** It holds the blobs, too. */
  let kept: ServerSettings | undefined

  async function release (): Promise<void> {
    if (kept === undefined) return
    const before = kept
    kept = undefined
    await sharedBlobs.viewFor(before).remove(await copies.listBlobs())
  }

  return {
    async keep () {
      await release()
      await copies.copy()
      const now = settings.read()
      sharedBlobs.retain(await copies.listBlobs(), holder, now)
      kept = now
    },
    async restore () {
      if (kept === undefined) return false
      const { gone, added } = await copies.compareBlobs()
      sharedBlobs.retain(gone, kept, holder)
      await copies.restore()
      settings.write(kept)
      await blobs.remove(added)
      return true
    },
    release
  }
}
