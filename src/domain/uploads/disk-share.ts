/** A part of a disk as an operator writes it. `bytes` Infinity is no limit. */
export type DiskShare = { readonly bytes: number } | { readonly percent: number }

/** Of a disk of so many bytes; Infinity where the disk has no end that we know. */
export const bytesOfShare = (share: DiskShare, total: number): number =>
  'bytes' in share ? share.bytes : total === Infinity ? Infinity : Math.floor(total / 100 * share.percent)
