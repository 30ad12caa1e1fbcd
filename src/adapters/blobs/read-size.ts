/** How much of a file is read at once. A download keeps two such pieces in memory, a stream about three, until the bytes are consumed. */

/** Measured: with 1 MiB reading is as fast as sendfile, with 64 KiB half as fast. */
export const LARGEST = 1024 * 1024
const SMALLEST = 64 * 1024
/** The approximate total for all readers: connections that request a file and read nothing must not fill the memory. Measured: 1,000 take 170 MB. */
const SHARED = 8 * 1024 * 1024

/** For one of this many readers. */
export const readSizeBeside = (others: number): number => Math.max(SMALLEST, Math.min(LARGEST, Math.floor(SHARED / (others + 1))))
