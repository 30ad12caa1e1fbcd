/**
 * The interfaces that adapters implement. Only the composition root imports adapters.
 * Glossary: *method* an API call such as `files.getInfo`; *answer* its result, plain data; *refusal* one of the 33 API errors;
 * *ticket* the right to upload; *upload* one request with bytes; *blob* the stored bytes; *file* the row that names them.
 */
import type { Readable } from 'node:stream'
import type { Logo } from './domain/branding.ts'
import type { BlobRange, BlobState, Chunks } from './domain/files/blob-bytes.ts'
import type { DownloadCounts } from './domain/files/download-counts.ts'
import type { NameIndex } from './domain/files/name-index.ts'
import type { Thumbnails } from './domain/files/thumbnail.ts'
import type { Server } from './domain/server.ts'
import type { Vault } from './domain/vault.ts'

/** A value of a column. Times are Unix milliseconds, sizes bytes, flags 0 or 1. */
export type SqlValue = string | number | null
export type SqlParams = Readonly<Record<string, SqlValue>>
export type SqlRow = Readonly<Record<string, SqlValue>>

/** The column types of the schema: all numbers have 64 bits. */
export type ColumnType = 'bigint' | 'text'

/** The result of a write: the rows of its `returning` clause and how many rows it changed. */
export interface Written {
  readonly rows: readonly SqlRow[]
  readonly changes: number
}

/** One step of a batch. With `must`, the whole batch is rolled back if the step changes no row. */
export interface Statement {
  readonly sql: string
  readonly params?: SqlParams
  readonly must?: boolean
}

/** The connection broke during a write, which may or may not have happened. Only engines with connections throw this. */
export class OutcomeUnknown extends Error {
  constructor (cause: unknown) {
    super('the outcome of a write is unknown', { cause })
  }
}

/**
 * Metadata: plain SQL with `$name` parameters in the common subset of SQLite and PostgreSQL.
 * A write is durable when its promise resolves. One statement is one transaction.
 */
export interface Sql {
  /** The first row of a read, or undefined. */
  get (sql: string, params?: SqlParams): Promise<SqlRow | undefined>
  /** All rows of a read. */
  all (sql: string, params?: SqlParams): Promise<readonly SqlRow[]>
  /** One write. */
  run (sql: string, params?: SqlParams): Promise<Written>
  /** Several writes in one transaction; undefined when a `must` step changed no row and the batch was rolled back. */
  batch (statements: readonly Statement[]): Promise<readonly Written[] | undefined>
  /** Inserts many rows into one table in one transaction; each row has these columns. */
  fill (table: string, columns: Readonly<Record<string, ColumnType>>, rows: readonly SqlRow[]): Promise<void>
  /** A migration: several statements in one transaction, without parameters. */
  script (text: string): Promise<void>
  readonly names?: NameIndex
  /** The use of its connections; only of engines with connections. `waiting` counts requests that wait for one. */
  connections? (): { readonly busy: number, readonly idle: number, readonly waiting: number }
  close (): Promise<void>
}

/** Stored bytes. A blob is invisible until `keep` has resolved; the bytes of an id never change. An invalid id (`isBlobId`) gives ENOENT. */
export interface Blobs {
  /** Starts a blob under an id chosen by the caller. An error of the medium (ENOSPC, EIO) rejects the next call. */
  create (id: string): Promise<BlobWriter>
  /**
   * Resumes a blob that was finished and not kept, after `size` bytes with this CRC-32. Later bytes are cut off, and these bytes never
   * change. They were written by `resume`, not by `create`: only such blobs can be resumed. Rejects with BytesGone.
   */
  resume (id: string, durable: Durable, copies?: Copies): Promise<BlobWriter>
  /** Whether `resume` would find these bytes. */
  holds (id: string, durable: Durable, generation?: string): Promise<boolean>
  /**
   * The bytes from `start` to `end`, both included, all of them or an error. Rejects with ENOENT when the blob does not exist, and with
   * DamagedBlob when it does not have `size` bytes, if given; the stream fails with it when bytes are missing.
   */
  open (id: string, range: BlobRange): Promise<Readable>
  /** The same bytes as chunks. The memory of one may be used again when the one after the next is asked for. */
  read (id: string, range: BlobRange): Promise<Chunks>
  /** Whether the bytes of a kept blob are available. */
  has (id: string): Promise<boolean>
  /** The sizes of those blobs that exist. The ids must be in byte order. */
  sizes (ids: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** Ids of all kept blobs, also unknown ones, in batches and in any order. Rejects with StorageProblem if the medium cannot be used. */
  list (): AsyncIterable<readonly string[]>
  /** Deletes kept blobs; missing ones are ignored. */
  remove (ids: readonly string[]): Promise<void>
  /** Deletes unfinished blobs of earlier processes, except live ones. `isLive` is called after the blob was found. */
  removeUnfinished (isLive: (id: string) => Promise<boolean>): Promise<void>
  /** The entity tag and date of a kept blob, as the web server or store that sends it has them; undefined when it does not exist. */
  stat (id: string): Promise<BlobState | undefined>
  /** The path of a kept blob below `blobs/` of the storage folder, for a web server that sends it. */
  pathOf? (id: string): string
  /** For a store that can send bytes itself: a public URL valid for some minutes; the answer has the type and disposition from `headers`. */
  link? (id: string, headers: Readonly<Record<string, string | number>>): Promise<string>
}

/** The durable part of a blob. */
export interface Durable {
  readonly size: number
  readonly crc32: number
}

/** The generations that a writer reads and writes, by name ('' for that of `create`): with a new name other writers cannot change its bytes. */
export interface Copies {
  readonly from: string
  readonly to: string
}

/** Durable bytes of an upload are missing or have changed. */
export class BytesGone extends Error {
  constructor (id: string) {
    super(`the received bytes of ${id} are missing`)
  }
}

/** A blob whose length differs from its file's size. */
export class DamagedBlob extends Error {
  readonly blobId: string
  readonly expected: number
  /** The bytes that exist; undefined when it is only known that there are fewer. */
  readonly found: number | undefined

  constructor (blobId: string, expected: number, found: number | undefined) {
    super(`the blob ${blobId} is damaged: expected ${expected} bytes, found ${found ?? 'fewer'}`)
    this.blobId = blobId
    this.expected = expected
    this.found = found
  }
}

export interface BlobWriter {
  /** Accepts bytes in order; resolves when it is ready for more. The buffer must not be changed afterwards. */
  write (bytes: Buffer): Promise<void> | undefined
  /** Writes the remaining bytes; afterwards no more errors of the medium are expected. */
  finish (): Promise<{ size: number, crc32: number }>
  /** Makes finished bytes visible under their id, durably. Rejects with BytesGone when they are missing or have changed. */
  keep (): Promise<void>
  /** Called once the finished bytes are recorded: deletes the generation that this writer continued from. Never rejects. */
  forgetEarlier (): Promise<void>
  /** Stops, and keeps the bytes of other writers of the same blob; never rejects. */
  leave (): Promise<void>
  /** Discards the bytes; never rejects. */
  discard (): Promise<void>
}

/** Free space on the medium, and the reserve that uploads must leave. Its numbers are at most a second old. */
export interface Room {
  /** Whether an upload of this size may start. */
  holds (bytes: number): Promise<boolean>
  /** Counts bytes that an upload is about to write; false once they reach the reserve. */
  take (bytes: number): boolean | Promise<boolean>
  /** Size of the medium for files; Infinity if unknown. */
  total (): Promise<number>
  /** Free bytes above the reserve; Infinity if unknown. */
  left (): Promise<number>
  /** Why uploads, or all writes, are impossible, as a sentence for operators; undefined if they are possible. */
  problem (): Promise<string | undefined>
  /** Reserves space again for necessary writes, if it was used up and space is free. */
  restore (): Promise<void>
}

/** The progress of one upload. `totalBytes` is the Content-Length of the request, null when it had none. */
export interface ProgressRecord {
  readonly status: 'receiving' | 'done' | 'fail'
  readonly startedAt: number
  readonly changedAt: number
  readonly receivedBytes: number
  readonly totalBytes: number | null
  /** Whether this process receives or received it; numbers of other processes may be late. */
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
  /** `sleep(0)` only lets waiting tasks run. */
  sleep (milliseconds: number): Promise<void>
}

/** Random values. In production both come from a cryptographic generator. */
export interface Ids {
  text (alphabet: string, length: number): string
  bytes (length: number): Buffer
}

/** The body as plain text and as HTML, '' for none; the subject is one line. Answers go to `replyTo`, without one to the server. */
export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly replyTo?: string
}

/** A queued mail. `createdAt` and `id` stay the same for all attempts. */
export interface WaitingMail extends Mail {
  readonly id: string
  readonly createdAt: number
}

/** Processes the queued notifications and mails. */
export interface Mailer {
  /** Wakes the delivery. Never throws, returns immediately. */
  wake (): void
}

/** Sends one mail to the mail server, with the image that its HTML shows as `cid:logo`, within a time limit. Rejects with MailProblem. */
export interface MailTransport {
  send (mail: WaitingMail & { readonly logo?: Logo | undefined }, signal: AbortSignal): Promise<void>
}

/** A certificate, optionally with its chain, and its private key, all as PEM. */
export type KeyPair = Readonly<Record<'cert' | 'key', string>>

/** The source of our TLS certificate. */
export interface CertificateSource {
  /** The pair to use from now on, undefined while the last one is still valid. Rejects with CertificateProblem, once for each cause. */
  next (): Promise<KeyPair | undefined>
  /** Hints for the operator, each once; these are not errors. */
  takeAdvice? (): readonly string[]
}

/** All ports, as assembled by `app.ts`. */
export interface Ports {
  readonly sql: Sql
  readonly blobs: Blobs
  readonly room: Room
  readonly progress: ProgressBoard
  readonly mailer: Mailer
  readonly thumbnails: Thumbnails
  readonly counts: DownloadCounts
  readonly clock: Clock
  readonly ids: Ids
  readonly vault: Vault
  /** This process, as other processes on the same database know it. */
  readonly server: Server
}
