/** Downloads and their bytes as far as no limit depends on them, for less than a second in memory. */
export interface DownloadCounts {
  /** A complete download of a file without a limit. */
  addDownload (fileId: string): void
  /** Bytes that a user's downloads used; `now` is when they began. */
  addTraffic (userId: number, bytes: number, now: number): void
  /** Reserves bytes before they are sent; false when they exceed `limit` bytes in 30 days. */
  takeTraffic (userId: number, bytes: number, limit: number, now: number): Promise<boolean>
  /** Writes what there is, before somebody reads it; resolves when all that was added is written, or lost with a line in the log. */
  flush (): Promise<void>
  /** Called each second. */
  tick (): void
}
