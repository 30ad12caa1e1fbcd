/**
 * What the inside needs from the outside. Adapters implement these; nothing inside imports an adapter.
 *
 * Glossary: *method* an API call such as `files.getInfo`; *answer* what it returns, plain data; *refusal* one of the 33 API errors;
 * *ticket* the right to upload; *upload* one request that brings bytes; *blob* the stored bytes; *file* the row that names them.
 */
import type { Readable } from 'node:stream'
import type { Server } from './domain/server.ts'
import type { Vault } from './domain/vault.ts'

/** A column's value as SQL knows it. Times are Unix milliseconds, sizes bytes, flags 0 or 1. */
export type SqlValue = string | number | null
export type SqlParams = Readonly<Record<string, SqlValue>>
export type SqlRow = Readonly<Record<string, SqlValue>>

/** What the schema has: numbers are all of 64 bits. */
export type ColumnType = 'bigint' | 'text'

/** What a write did: the rows of its `returning` clause and how many rows it touched. */
export interface Written {
  readonly rows: readonly SqlRow[]
  readonly changes: number
}

/** One step of a batch. With `must`, touching no row undoes the whole batch. */
export interface Statement {
  readonly sql: string
  readonly params?: SqlParams
  readonly must?: boolean
}

/** The connection broke off while a write was carried out: it may have been, or not. Only engines with connections say so. */
export class OutcomeUnknown extends Error {
  constructor (cause: unknown) {
    super('whether a write was carried out is not known', { cause })
  }
}

/**
 * Metadata: plain SQL with `$name` parameters in the part of the language that SQLite and PostgreSQL share.
 * A write is durable when its promise resolves. One statement is one transaction.
 */
export interface Sql {
  /** The first row of a read, or undefined. */
  get (sql: string, params?: SqlParams): Promise<SqlRow | undefined>
  /** All rows of a read. */
  all (sql: string, params?: SqlParams): Promise<readonly SqlRow[]>
  /** One write. */
  run (sql: string, params?: SqlParams): Promise<Written>
  /** Several writes that all happen or none; undefined when a `must` step touched no row and all was undone. */
  batch (statements: readonly Statement[]): Promise<readonly Written[] | undefined>
  /** Many rows into one table, all or none; each row has these columns. */
  fill (table: string, columns: Readonly<Record<string, ColumnType>>, rows: readonly SqlRow[]): Promise<void>
  /** A migration: several statements in one transaction, without parameters. */
  script (text: string): Promise<void>
  /** How its connections are used; only engines with connections say so. `waiting` counts those who wait for one. */
  connections? (): { readonly busy: number, readonly idle: number, readonly waiting: number }
  close (): Promise<void>
}

/** Stored bytes. A blob is invisible until `keep` has resolved; an id never changes its bytes. Under what is no id (`isBlobId`) nothing is found or written: ENOENT. */
export interface Blobs {
  /** Starts a blob under an id chosen by the caller. Errors of the medium (ENOSPC, EIO) reject the next call. */
  create (id: string): Promise<BlobWriter>
  /**
   * Goes on with a blob that was finished and not kept, after `size` bytes of this CRC-32; what came after them is cut off, and nothing is
   * ever added to them. `create` wrote none of them: only what is written here is meant to be gone on with. Rejects with BytesGone.
   */
  resume (id: string, durable: Durable, copies?: Copies): Promise<BlobWriter>
  /** Whether `resume` would find these bytes. */
  holds (id: string, durable: Durable, generation?: string): Promise<boolean>
  /**
   * The bytes from `start` to `end`, both included, all of them or an error. Rejects with ENOENT when the blob is not there, and with
   * DamagedBlob when it has not `size` bytes, where that is given; the stream fails with it when bytes are missing.
   */
  open (id: string, range: { start: number, end: number, size?: number | undefined }): Promise<Readable>
  /** Whether the bytes of a kept blob can be reached. */
  has (id: string): Promise<boolean>
  /** The sizes of those of some blobs that are kept. The ids come in the order of their bytes. */
  sizes (ids: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** Ids of all that is kept, whoever it belongs to, some at a time and in any order. Rejects with StorageProblem where the medium cannot be used. */
  list (): AsyncIterable<readonly string[]>
  /** Forgets kept blobs; ids that are not there are no error. */
  remove (ids: readonly string[]): Promise<void>
  /** Forgets what earlier processes left unfinished, except what `isLive` knows when it is asked, after the blob was seen. */
  removeUnfinished (isLive: (id: string) => Promise<boolean>): Promise<void>
  /** A kept blob as it lies there, by the names that whoever sends it from there has for its state; undefined when it is not there. */
  stat (id: string): Promise<BlobState | undefined>
  /** Where a kept blob lies below `blobs/` of the storage folder, for a web server that sends it from there. */
  pathOf? (id: string): string
  /** Where a store can send bytes itself: an address that anybody may GET for some minutes, answered with the type and disposition among `headers`. */
  link? (id: string, headers: Readonly<Record<string, string | number>>): Promise<string>
}

/** How much of a blob has outlived each crash since. */
export interface Durable {
  readonly size: number
  readonly crc32: number
}

/** The copy that a writer continues from and the one it writes, by name ('' for that of `create`): a new name keeps other writers away from its bytes. */
export interface Copies {
  readonly from: string
  readonly to: string
}

/** Bytes of an upload that were durable are not there any more, or others than they were. */
export class BytesGone extends Error {
  constructor (id: string) {
    super(`what has come of ${id} is not there any more`)
  }
}

/** A blob that is not as long as its file says. */
export class DamagedBlob extends Error {
  readonly blobId: string
  readonly expected: number
  /** Bytes that are there; undefined where only is known that these are fewer. */
  readonly found: number | undefined

  constructor (blobId: string, expected: number, found: number | undefined) {
    super(`the blob ${blobId} is damaged: expected ${expected} bytes, found ${found ?? 'fewer'}`)
    this.blobId = blobId
    this.expected = expected
    this.found = found
  }
}

/** `etag` is an entity tag as it stands in a header, '' for none; `changedAt` Unix milliseconds. */
export interface BlobState {
  readonly size: number
  readonly etag: string
  readonly changedAt: number
}

export interface BlobWriter {
  /** Takes bytes in order; resolves when more may come. The buffer must not be changed afterwards. */
  write (bytes: Buffer): Promise<void> | undefined
  /** Writes what is left; what can go wrong with the medium has gone wrong by now. */
  finish (): Promise<{ size: number, crc32: number }>
  /** Makes finished bytes visible under their id, durably. Rejects with BytesGone when they are not those that were written, or there. */
  keep (): Promise<void>
  /** Called once it is noted what is finished: throws away what this writer went on from. Never rejects. */
  forgetEarlier (): Promise<void>
  /** Stops, and leaves alone what others have of the same blob; never rejects. */
  leave (): Promise<void>
  /** Throws the bytes away; never rejects. */
  discard (): Promise<void>
}

/** Space on the medium, and the part of it that uploads leave alone. Its numbers are a second old at most. */
export interface Room {
  /** Whether an upload of so many bytes may begin. */
  holds (bytes: number): Promise<boolean>
  /** Counts bytes that an upload is about to write; false once they reach into the reserve. */
  take (bytes: number): boolean | Promise<boolean>
  /** Bytes of the whole medium of files; Infinity where it has no end that we know. */
  total (): Promise<number>
  /** Bytes that may still come before the reserve begins; Infinity where it has no end that we know. */
  left (): Promise<number>
  /** Why uploads, or all that writes, cannot go on, as a sentence for operators; undefined while all is well. */
  problem (): Promise<string | undefined>
  /** Keeps space back for what must always be written, where that was used up and there is room again. */
  restore (): Promise<void>
}

/** How far one upload is. `totalBytes` is the Content-Length of the request, null when it had none. */
export interface ProgressRecord {
  readonly status: 'receiving' | 'done' | 'fail'
  readonly startedAt: number
  readonly changedAt: number
  readonly receivedBytes: number
  readonly totalBytes: number | null
  /** Whether this process receives it, or has: what others say of theirs may be late. */
  readonly isHere: boolean
}

/** Progress of uploads by upload identifier; ended ones stay readable for ten minutes. */
export interface ProgressBoard {
  begin (uploadIdentifier: string, totalBytes: number | null): void
  advance (uploadIdentifier: string, receivedBytes: number): void
  end (uploadIdentifier: string, status: 'done' | 'fail'): void
  read (uploadIdentifier: string): Promise<ProgressRecord | undefined>
}

/** Time. `now` is Unix milliseconds. */
export interface Clock {
  now (): number
  /** `sleep(0)` gives whatever waits its turn, and costs no time else. */
  sleep (milliseconds: number): Promise<void>
}

/** Chance. In production both come from a cryptographic generator. */
export interface Ids {
  text (alphabet: string, length: number): string
  bytes (length: number): Buffer
}

/** Plain text and the same as HTML; the subject is one line. */
export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
  /** '' when there is none. */
  readonly html: string
}

/** A mail that waits in the store. `createdAt` and `id` stay the same however often it is tried. */
export interface WaitingMail extends Mail {
  readonly id: string
  readonly createdAt: number
}

/** Carries out what waits in the store: the notices of uploads, and mails. */
export interface Mailer {
  /** Says that something waits. Never throws, and nobody waits for it. */
  wake (): void
}

/** Brings one mail to the mail server, within a bounded time. Rejects with MailProblem. */
export interface MailTransport {
  send (mail: WaitingMail, signal: AbortSignal): Promise<void>
}

/** A certificate, perhaps with those that lead to its authority, and its private key, all as PEM. */
export type KeyPair = Readonly<Record<'cert' | 'key', string>>

/** Where the certificate of our own TLS comes from. */
export interface CertificateSource {
  /** The pair to use from now on, undefined while the last one stays right. Rejects with CertificateProblem, once for each cause. */
  next (): Promise<KeyPair | undefined>
  /** What the operator should know or do, each sentence once; nothing is wrong yet. */
  takeAdvice? (): readonly string[]
}

/** Everything at once, as `app.ts` puts it together. */
export interface Ports {
  readonly sql: Sql
  readonly blobs: Blobs
  readonly room: Room
  readonly progress: ProgressBoard
  readonly mailer: Mailer
  readonly clock: Clock
  readonly ids: Ids
  readonly vault: Vault
  /** This process, for others that serve the same database. */
  readonly server: Server
}
