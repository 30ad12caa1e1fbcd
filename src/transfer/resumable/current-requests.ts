/** One request at a time works on an upload; the next one ends the one before, whose client has given it up. */
interface Current {
  stop (): void
  readonly ended: Promise<unknown>
}

/** Those of this process. What runs is in `live`. */
export function createCurrentRequests (live: Set<string>) {
  const running = new Map<string, Current>()

  return {
    /** Resolves when what runs on an upload has ended by itself. */
    async ended (uploadId: string): Promise<void> {
      await running.get(uploadId)?.ended
    },
    has: (uploadId: string): boolean => running.has(uploadId),
    /** Ends what runs on an upload, and waits for it. */
    async end (uploadId: string): Promise<void> {
      const current = running.get(uploadId)
      current?.stop()
      await current?.ended
    },
    /** Does `work` once what runs on the upload has ended. `stop` ends the work. */
    async replace<T> (uploadId: string, stop: () => void, work: () => Promise<T>): Promise<T> {
      const before = running.get(uploadId)
      before?.stop()
      const outcome = (before?.ended ?? Promise.resolve()).then(work)
      const mine = { stop, ended: outcome.catch(() => undefined) }
      running.set(uploadId, mine)
      live.add(uploadId)
      try {
        return await outcome
      } finally {
        if (running.get(uploadId) === mine) {
          running.delete(uploadId)
          live.delete(uploadId)
        }
      }
    }
  }
}
