import type { Blobs } from '../../ports.ts'

/** Blobs of which some cannot be read for a while, as when a disk is unavailable. */
export interface HideableBlobs extends Blobs {
  hide (id: string, isHidden: boolean): void
  isHidden (id: string): boolean
  /** All that are hidden. */
  listHidden (): readonly string[]
  /** Hides these and no others. */
  hideOnly (ids: readonly string[]): void
}

export function hideableBlobs (blobs: Blobs): HideableBlobs {
  let hidden = new Set<string>()
  function requireShown (id: string): void {
    if (hidden.has(id)) throw Object.assign(new Error(`ENOENT: ${id} is hidden`), { code: 'ENOENT' })
  }

  return {
    ...blobs,
    async open (id, range) {
      requireShown(id)
      return blobs.open(id, range)
    },
    async read (id, range) {
      requireShown(id)
      return blobs.read(id, range)
    },
    stat: async id => hidden.has(id) ? undefined : blobs.stat(id),
    has: async id => !hidden.has(id) && blobs.has(id),
    hide (id, isHidden) {
      if (isHidden) hidden.add(id)
      else hidden.delete(id)
    },
    isHidden: id => hidden.has(id),
    listHidden: () => [...hidden],
    hideOnly (ids) {
      hidden = new Set(ids)
    }
  }
}
