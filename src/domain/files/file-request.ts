/** A link through which others upload into a folder of its owner; it has no API method (our choice). */
export interface FileRequest {
  readonly id: string
  readonly ownerId: number
  readonly folderId: string
  readonly title: string
  readonly message: string
  /** Bytes of one file, and of all files; null: the account's limits. */
  readonly maxFileSize: number | null
  readonly maxBytes: number | null
  readonly maxFiles: number | null
  /** Extensions without the dot, in lower case; none: any. */
  readonly types: readonly string[]
  readonly sealedPassword: string | null
  readonly expiresAt: number | null
  /** Whether the folders that visitors send become folders; else all files lie side by side. */
  readonly keepsFolders: boolean
  /** Whether the owner gets a mail about new files. */
  readonly isNotified: boolean
  readonly isClosed: boolean
  readonly createdAt: number
  readonly receivedFiles: number
  readonly receivedBytes: number
}

export type RequestState = 'open' | 'closed' | 'expired' | 'full'

export function stateOf ({ isClosed, expiresAt, maxFiles, maxBytes, receivedFiles, receivedBytes }: FileRequest, now: number): RequestState {
  if (isClosed) return 'closed'
  if (expiresAt !== null && expiresAt <= now) return 'expired'
  if (maxFiles !== null && receivedFiles >= maxFiles) return 'full'
  return maxBytes !== null && receivedBytes >= maxBytes ? 'full' : 'open'
}

/** The largest file that is still accepted, -1 for the account's limit. */
export function largestFile (request: FileRequest): number {
  const limits = [request.maxFileSize ?? -1, bytesLeft(request)].filter(limit => limit !== -1)
  return limits.length === 0 ? -1 : Math.min(...limits)
}

/** How many bytes are still accepted, -1 for the account's limit. */
export function bytesLeft ({ maxBytes, receivedBytes }: FileRequest): number {
  return maxBytes === null ? -1 : Math.max(0, maxBytes - receivedBytes)
}

export const fitsTypes = ({ types }: FileRequest, name: string): boolean =>
  types.length === 0 || types.some(type => name.toLowerCase().endsWith(`.${type}`))

/** `.PDF, jpg` as `pdf` and `jpg`; undefined for anything that is not an extension. */
export function readTypes (text: string): string[] | undefined {
  const types = text.toLowerCase().split(/[\s,;]+/).map(type => type.replace(/^\*?\./, '')).filter(type => type !== '')
  return types.length <= 50 && types.every(type => /^[\p{L}\p{N}][\p{L}\p{N}.+_-]{0,19}$/u.test(type)) ? types : undefined
}
