/** Names of the files that are being uploaded, by upload identifier: polls of the progress are matched by them. */
export interface UploadNames {
  set (ticket: string, name: string): void
  get (ticket: string): string | undefined
}

const MAX_NAMES = 1000

/** Holds the newest 1000 names. */
export function createUploadNames (): UploadNames {
  const names = new Map<string, string>()
  return {
    set (ticket, name) {
      names.delete(ticket)
      names.set(ticket, name)
      const [oldest] = names.keys()
      if (names.size > MAX_NAMES && oldest !== undefined) names.delete(oldest)
    },
    get: ticket => names.get(ticket)
  }
}
