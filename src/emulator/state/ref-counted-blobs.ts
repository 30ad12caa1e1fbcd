import type { Blobs } from '../../ports.ts'

/** One store of bytes for a server and what was saved of it: bytes go once nobody holds them any more. */
export interface RefCountedBlobs {
  /** What one holder sees of it: what it removes may stay for others. */
  viewFor (holder: object): Blobs
  /** Lets another hold what one holds. A blob never changes, so there is nothing to copy. */
  retain (ids: readonly string[], from: object, to: object): void
}

export function refCountedBlobs (blobs: Blobs): RefCountedBlobs {
  /** What is not in it has one holder. */
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
