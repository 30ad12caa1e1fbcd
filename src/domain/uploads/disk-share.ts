/** A share of a disk, as configured. `bytes` Infinity is no limit. */
export type DiskShare = { readonly bytes: number } | { readonly percent: number }

/** The share in bytes of a disk of this size; Infinity if the size of the disk is unknown. */
export const bytesOfShare = (share: DiskShare, total: number): number =>
  'bytes' in share ? share.bytes : total === Infinity ? Infinity : Math.floor(total / 100 * share.percent)
