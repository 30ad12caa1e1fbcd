/** One exchange as the journal keeps it, without secrets. */
import type { Lint } from '../traffic/lint.ts'
import type { RequestKind } from '../traffic/request-kind.ts'
import type { PlacedParameter } from '../traffic/sent-parameters.ts'
import type { SeenFile } from '../traffic/upload-inspector.ts'

export interface Entry {
  /** Exchanges are numbered from 1. */
  readonly id: number
  /** When it began, by the clock of the server. */
  readonly at: string
  /** When it began by the real clock, which no control call sets. */
  readonly startedAt: string
  /** How long it took, by the real clock; null while it runs. */
  readonly ms: number | null
  readonly phase: RequestKind
  readonly verb: string
  /** Without its query, which is among the parameters. */
  readonly path: string
  readonly method: string | null
  readonly user: string | null
  /** The code of an API call or an upload, 0 for success; null for other exchanges. */
  readonly code: number | null
  readonly params: Readonly<Record<string, string>>
  /** Where each parameter was sent, and how often. */
  readonly sent: readonly PlacedParameter[]
  /** The names of the files that it is about, as far as they are known. */
  readonly fileNames: readonly string[]
  readonly request: {
    readonly host: string
    readonly size: number
    readonly contentType: string
    readonly userAgent: string
    /** By name in lower case, as the client sent them. */
    readonly headers: Readonly<Record<string, string>>
    /** The number of further headers that were not kept. */
    readonly headersOmitted: number
    readonly files: readonly SeenFile[]
  }
  /** As it was sent. `text` for answers of the API, of uploads and of progress. */
  readonly response: { readonly status: number | null, readonly size: number, readonly contentType: string, readonly sha256: string, readonly text?: string | undefined }
  /** The fault that was applied: the exchange then does not show how the server behaves. */
  readonly fault: string | null
  readonly lint: readonly Lint[]
  /** `cut`: the connection ended before the answer did. */
  readonly state: 'running' | 'answered' | 'cut'
  /** Whether the client closed the connection before the answer was sent. */
  readonly left: boolean
}
