import type { Blobs } from '../../ports.ts'

/** One store of blobs for servers and their snapshots: a blob is removed with its last holder. */
export interface RefCountedBlobs {
  /** The store as one holder uses it: what it removes stays while others hold it. */
  viewFor (holder: object): Blobs
  /** Adds a holder to blobs that another one holds. A blob never changes, so nothing is copied. */
  retain (ids: readonly string[], from: object, to: object): void
}

export function refCountedBlobs (blobs: Blobs): RefCountedBlobs {
  /** A blob that is not in it has one holder. */
  const holders = new Map<string, Set<object>>()

  function releaseFrom (id: string, holder: object): boolean {
    const others = holders.get(id)
    if (others === undefined) return true
    others.delete(holder)
    if (others.size > 0) return false
    return holders.delete(id)
  }

  return {
    viewFor: holder => ({ ...blobs, remove: ids => blobs.remove(ids.filter(id => releaseFrom(id, holder))) }),
    retain (ids, from, to) {
      for (const id of ids) {
        const all = holders.get(id) ?? new Set([from])
        holders.set(id, all.add(to))
      }
    }
  }
}
