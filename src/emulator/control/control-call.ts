/** How a control call is declared. Routes, body checks, the OpenAPI description and the Node client follow from it. */
import type { Readable } from 'node:stream'
import type { Read } from '../../settings/document.ts'
import type { EmulatedServer } from '../emulated-server.ts'
import type { Shape } from './answer-shape.ts'
import type { Sandboxes } from './sandboxes.ts'

/** What a call works on. */
export interface CallContext {
  readonly server: EmulatedServer
  /** undefined for a call to a sandbox. */
  readonly sandboxes: Sandboxes | undefined
  /** The address of the emulator as the caller wrote it, without a final slash. */
  readonly url: string
}

/** What a handler gets. `item` is what the path names in place of `:…`, `body` and `query` what was sent, checked. */
export interface CallInput<Item, Body, Query> extends CallContext {
  readonly item: Item
  readonly body: Body
  readonly query: Query
}

/** How a body is sent, how it is checked, and an example of it. */
export interface CallBody<Body> {
  /** `json`, the default, up to 64 KiB; `document`: JSON up to 16 MiB; `yaml`: YAML or JSON up to 16 MiB; `stream`: unread. */
  readonly as?: 'json' | 'document' | 'yaml' | 'stream'
  /** Of a stream. */
  readonly type?: string
  /** Throws DocumentProblem; its schema is that of the description. */
  readonly read: Read<Body>
  /** Not given for a stream. */
  readonly example?: unknown
}

export interface ControlCall<Item = unknown, Body = unknown, Answer = unknown, Query = unknown> {
  /** Of the operation in the description: a verb and a noun, `listAccounts`. */
  readonly name: string
  readonly verb: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/_emulator/v1`. */
  readonly path: string
  /** What it does, in one sentence. */
  readonly about: string
  /** Finds what the path names, before the body is checked; not given: its text. Throws ControlProblem. */
  find? (name: string, context: CallContext): Item | Promise<Item>
  /** Not given: a body is refused. */
  readonly body?: CallBody<Body>
  /** Parameters behind the `?`, each a text; a table that `fields` made. Not given: any is refused. */
  readonly query?: Read<Query>
  /** Of success. Not given: 200; 204 has no body. */
  readonly status?: 200 | 201 | 204
  /** The statuses of failures that are this call's own. */
  readonly failures?: readonly (404 | 406 | 408 | 409 | 413)[]
  /** Of the JSON that is answered. Not given: nothing, or what `answerType` says. */
  readonly answer?: Shape<never>
  /** Of what is no JSON. */
  readonly answerType?: string
  /** Answers plain data, or a stream or text of `answerType`. Throws ControlProblem and DocumentProblem. */
  handle (input: CallInput<Item, Body, Query>): Answer
}

/** What each way to answer needs: JSON has a shape, other types have their name, 204 has neither. */
type Answering<Value> =
  { readonly status: 204, readonly answer?: never, readonly answerType?: never } |
  { readonly status?: 200 | 201, readonly answer: Shape<Value>, readonly answerType?: never } |
  { readonly status?: 200 | 201, readonly answer?: never, readonly answerType: string }

/** Declares a call. `Value` is what its shape describes: the handler answers that. */
export const defineCall = <Value, Answer extends Value | Promise<Value>, Item = string, Body = unknown, Query = unknown>(
  call: Omit<ControlCall<Item, Body, Answer, Query>, 'answer'> & Answering<Value>
): ControlCall<Item, Body, Answer, Query> => call

/** A body that is a stream: the handler reads it. */
export const streamBody: Read<Readable> = value => value as Readable
