/** How much of a file is read at once. As long as nobody takes it, a reader keeps some three such pieces in memory. */

/** Measured: with 1 MiB a read stream equals sendfile, with the default 64 KiB it reaches half. */
const LARGEST = 1024 * 1024
const SMALLEST = 64 * 1024
/** For all readers together, about: connections that ask for a file and take nothing of it must not fill the memory. */
const SHARED = 8 * 1024 * 1024

/** For a reader beside whom so many others read. */
export const readSizeBeside = (others: number): number => Math.max(SMALLEST, Math.min(LARGEST, Math.floor(SHARED / (others + 1))))
