/** How a control call is declared. Routes, body checks, the OpenAPI description and the Node client follow from it. */
import type { Readable } from 'node:stream'
import type { Read } from '../../settings/document.ts'
import type { EmulatedServer } from '../emulated-server.ts'
import type { Sandboxes } from './sandboxes.ts'

/** What a call works on. */
export interface CallContext {
  readonly server: EmulatedServer
  /** undefined for a call to a sandbox. */
  readonly sandboxes: Sandboxes | undefined
  /** The address of the emulator as the caller wrote it, without a final slash. */
  readonly url: string
}

/** What a handler gets. `item` is what the path names in place of `:…`, `body` what was sent, checked. */
export interface CallInput<Item, Body> extends CallContext {
  readonly item: Item
  readonly body: Body
}

/** How a body is sent, how it is checked, and an example of it. */
export interface CallBody<Body> {
  /** `json`, the default, up to 64 KiB; `document`: JSON up to 1 MiB; `text` up to 1 MiB; `stream`: unread. */
  readonly as?: 'json' | 'document' | 'text' | 'stream'
  /** Of what is sent as it is; JSON otherwise. */
  readonly type?: string
  /** Throws DocumentProblem; its schema is that of the description. */
  readonly read: Read<Body>
  readonly example?: unknown
}

export interface ControlCall<Item = unknown, Body = unknown, Answer = unknown> {
  readonly verb: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/_emulator/v1`. */
  readonly path: string
  /** What it does, in one sentence. */
  readonly about: string
  /** Finds what the path names, before the body is checked; not given: its text. Throws ControlProblem. */
  find? (name: string, context: CallContext): Item | Promise<Item>
  readonly body?: CallBody<Body>
  /** Of success. Not given: 200; 204 has no body. */
  readonly status?: 200 | 201 | 204
  /** The statuses of failures that are this call's own. */
  readonly failures?: readonly (404 | 406 | 408 | 409 | 413)[]
  /** Not given: JSON. */
  readonly answerType?: string
  /** Answers plain data, or a stream of `answerType`. Throws ControlProblem and DocumentProblem. */
  handle (input: CallInput<Item, Body>): Answer
}

/** Declares a call. */
export const defineCall = <Item = string, Body = unknown, Answer = unknown>(call: ControlCall<Item, Body, Answer>): ControlCall<Item, Body, Answer> => call

/** A body that is a stream: the handler reads it. */
export const streamBody: Read<Readable> = value => value as Readable
