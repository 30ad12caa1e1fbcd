/** How much of a file is read at once. Until the bytes are consumed, a reader keeps about three such pieces in memory. */

/** Measured: with 1 MiB a read stream is as fast as sendfile, with the default of 64 KiB half as fast. */
const LARGEST = 1024 * 1024
const SMALLEST = 64 * 1024
/** The approximate total for all readers: connections that request a file and read nothing must not fill the memory. */
const SHARED = 8 * 1024 * 1024

/** For one of this many readers. */
export const readSizeBeside = (others: number): number => Math.max(SMALLEST, Math.min(LARGEST, Math.floor(SHARED / (others + 1))))
