/** What an upload request is, and what it runs in. */
import type { Policy } from '../domain/policy.ts'
import type { Ports, Statement } from '../ports.ts'
import type { NewFile } from '../store/uploads/uploads.ts'
import type { Fields, Form } from './form.ts'

/** One upload request. */
export interface Incoming {
  readonly method: string
  readonly contentType: string
  /** The body is one file, whatever it begins with. */
  readonly isOneFile?: boolean
  readonly contentLength: number | null
  /** Names in lower case. */
  readonly query: ReadonlyMap<string, string>
  /** The ticket, when the server made it for this very request. */
  readonly ticketId?: string
  /** What links in mails about the upload begin with where no better address is known: never a host that only the client vouches for. */
  readonly trustedUrl: string
  /** The language of the uploader's browser; '' for programs that tell none. */
  readonly locale: string
  readonly destination?: Destination & Doorkeeper
  /** Where the files of this request lie together, and what counts of its fields, once all have come; undefined for where the form says. */
  readonly gather?: ((files: number, form: Fields) => Promise<Gathering | undefined>) | undefined
  /** Reads a form that has come whole, and may add fields to it; what it returns is stored as a file of text. */
  readonly textOf?: ((form: Form, files: number) => TextFile | undefined) | undefined
  /** Rejects when the client breaks off. */
  readonly body: AsyncIterator<Buffer>
  /** Breaks the connection off. */
  stop? (): void
  /** Whether the client has closed the connection. */
  isGone? (): boolean
}

/** Where files go and what may come, when that is not for their sender to say. */
export interface Destination {
  readonly folderId: string
  /** The folder inside it that a whole file names, made when it is missing; not given: all files lie side by side. */
  readonly folderOf?: ((form: Fields) => Promise<string>) | undefined
  /** Bytes, -1 for what the ticket says. */
  readonly maxFileSize: number
  /** A request that announces more is refused at once; Infinity for no such limit. */
  readonly mostBytes: number
  /** What counts of the fields that were sent; all others are the sender's own affair. */
  fields (form: Fields): Fields
  /** Written together with the files, or none of it. */
  alongside (files: readonly NewFile[]): readonly Statement[]
}

/** A place that is made for the files of one request. */
export type Gathering = Pick<Destination, 'folderId' | 'fields'>

/** A file that its sender wrote into a form. */
export interface TextFile {
  readonly name: string
  readonly text: string
}

/** Refuses single files of a request. */
export interface Doorkeeper {
  /** Throws when a file of this name may not come; `form` has the fields sent before it. */
  admit (name: string, form: Fields): Promise<void>
}

/** What every upload works with. */
export interface Surroundings {
  readonly ports: Ports
  readonly policy: Policy
  /** Upload ids that run in this process: the sweep leaves them alone. */
  readonly live: Set<string>
  readonly transfers: TransferRegistry
}

/** Knows what runs, to end it when its account is switched off. */
export interface TransferRegistry {
  /**
   * `stop` breaks the connection off. What is returned says that the transfer has ended. null: it is nobody's. `isGone` of an upload that gives
   * back at its end what it holds: whether its client has closed the connection.
   */
  begin (userId: number | null, stop: () => void, isGone?: () => boolean): () => void
  /** The uploads of an account that were begun with `isGone`, without that of `except`: none, some that run, or one at least without a client. */
  uploadsOf (userId: number, except?: () => boolean): 'none' | 'running' | 'dying'
}
