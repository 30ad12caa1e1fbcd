/** How a control call is declared. Routes, body checks, the OpenAPI description and the Node client follow from it. */
import type { Readable } from 'node:stream'
import type { Read } from '../../settings/document.ts'
import type { EmulatedServer } from '../emulated-server.ts'
import type { Shape } from './answer-shape.ts'
import type { Sandboxes } from './sandboxes.ts'

/** The context of a call. */
export interface CallContext {
  readonly server: EmulatedServer
  /** undefined for a call to a sandbox. */
  readonly sandboxes: Sandboxes | undefined
  /** The address of the emulator as the caller wrote it, without a final slash. */
  readonly url: string
}

/** The input of a handler. `item` is the part of the path at `:…`, `body` and `query` are checked. */
export interface CallInput<Item, Body, Query> extends CallContext {
  readonly item: Item
  readonly body: Body
  readonly query: Query
}

/** How a body is sent, how it is checked, and an example of it. */
export interface CallBody<Body> {
  /** `json`, the default, up to 64 KiB; `document`: JSON up to 16 MiB; `yaml`: YAML or JSON up to 16 MiB; `stream`: unread. */
  readonly as?: 'json' | 'document' | 'yaml' | 'stream'
  /** The media type of a stream. */
  readonly type?: string
  /** Throws DocumentProblem; the OpenAPI description has its schema. */
  readonly read: Read<Body>
  /** Not given for a stream. */
  readonly example?: unknown
}

export interface ControlCall<Item = unknown, Body = unknown, Answer = unknown, Query = unknown> {
  /** The operation id in the OpenAPI description: a verb and a noun, `listAccounts`. */
  readonly name: string
  readonly verb: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/_emulator/v1`. */
  readonly path: string
  /** What it does, in one sentence. */
  readonly about: string
  /** Finds the item in the path, before the body is checked; default: its text. Throws ControlProblem. */
  find? (name: string, context: CallContext): Item | Promise<Item>
  /** Not given: a body is refused. */
  readonly body?: CallBody<Body>
  /** Query parameters, each a text, in a table made by `fields`. Not given: any parameter is refused. */
  readonly query?: Read<Query>
  /** The status of success, default 200; 204 has no body. */
  readonly status?: 200 | 201 | 204
  /** Statuses of failures that are specific to this call. */
  readonly failures?: readonly (404 | 406 | 408 | 409 | 413)[]
  /** The shape of a JSON answer. Not given: no body, or `answerType`. */
  readonly answer?: Shape<never>
  /** The media type of an answer that is not JSON. */
  readonly answerType?: string
  /** Returns plain data, or a stream or text of `answerType`. Throws ControlProblem and DocumentProblem. */
  handle (input: CallInput<Item, Body, Query>): Answer
}

/** A JSON answer has a shape, other types have a media type, 204 has neither. */
type Answering<Value> =
  { readonly status: 204, readonly answer?: never, readonly answerType?: never } |
  { readonly status?: 200 | 201, readonly answer: Shape<Value>, readonly answerType?: never } |
  { readonly status?: 200 | 201, readonly answer?: never, readonly answerType: string }

/** Declares a call. The handler returns a `Value`, which its shape describes. */
export const defineCall = <Value, Answer extends Value | Promise<Value>, Item = string, Body = unknown, Query = unknown>(
  call: Omit<ControlCall<Item, Body, Answer, Query>, 'answer'> & Answering<Value>
): ControlCall<Item, Body, Answer, Query> => call

/** A stream as a body: the handler reads it. */
export const streamBody: Read<Readable> = value => value as Readable
