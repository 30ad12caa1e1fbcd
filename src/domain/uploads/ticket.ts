import type { ApiVersion } from '../version.ts'

/** The right to upload, issued by upload.getInfo and anonymous.uploadGetInfo. */
export interface Ticket {
  /** The upload identifier of the wire. */
  readonly id: string
  /** `extra_info`. */
  readonly proof: string
  readonly userId: number | null
  readonly version: ApiVersion
  readonly maxFileSize: number
  /** KB/s, 0 unlimited (the guide). */
  readonly speedLimit: number
  readonly expiresAt: number
  /** When an upload last started with it; null: never. */
  readonly startedAt: number | null
}
