/** The values in answers: the format, meaning and sample of each. */
import type { ApiVersion } from '../domain/version.ts'
import type { Sourced } from './provenance.ts'

export type Value = string | number

/** The format of a value. The patterns work in XML schemas and in JavaScript, and match the whole value. */
export const WRITTEN = {
  text: { type: 'string', about: 'Any text.' },
  ok: { type: 'string', about: 'The word ok.', pattern: 'ok' },
  outcome: { type: 'string', about: 'ok or fail.', pattern: 'ok|fail' },
  life: { type: 'string', about: 'ok or expired.', pattern: 'ok|expired' },
  state: { type: 'string', about: 'ok, done or fail.', pattern: 'ok|done|fail' },
  key: { type: 'string', about: '32 letters and digits.', pattern: '[a-z0-9]{32}' },
  membership: { type: 'string', about: 'Lite, Pro or Max.', pattern: 'Lite|Pro|Max' },
  fileId: { type: 'string', about: 'Six letters and digits.', pattern: '[a-z0-9]{6}' },
  folderId: { type: 'string', about: 'Six letters and digits; 0 is the root.', pattern: '0|[a-z0-9]{6}' },
  ids: { type: 'string', about: 'Ids, separated by commas.', pattern: '(0|[a-z0-9]{6})(,(0|[a-z0-9]{6}))*' },
  ticketId: { type: 'string', about: 'The identifier of an upload ticket.', pattern: '[0-9]+\\.[0-9]+\\.[0-9A-F]{8}\\.[0-9]+\\.0' },
  url: { type: 'string', about: 'An absolute address.', pattern: 'https?://.+' },
  flag: { type: 'integer', about: '0 no, 1 yes.', pattern: '0|1' },
  contactType: { type: 'integer', about: '0 added by the user, 1 collected.', pattern: '0|1' },
  action: { type: 'integer', about: '1 blocks downloads, 2 deletes the file, 3 moves it.', pattern: '1|2|3' },
  count: { type: 'integer', about: 'A whole number.', pattern: '[0-9]+' },
  bytes: { type: 'integer', about: 'Bytes.', pattern: '[0-9]+' },
  bytesLeft: { type: 'integer', about: 'Bytes; -1 is unlimited.', pattern: '-1|[0-9]+' },
  seconds: { type: 'integer', about: 'Seconds.', pattern: '[0-9]+' },
  percent: { type: 'integer', about: '0 to 100.', pattern: '[0-9]|[1-9][0-9]|100' },
  kilobits: { type: 'integer', about: 'Kilobits per second.', pattern: '[0-9]+' },
  duration: { type: 'string', about: 'Hours, minutes and seconds.', pattern: '[0-9]{2}:[0-5][0-9]:[0-5][0-9]' },
  end: { type: 'integer', about: 'Unix seconds; 0 is over; never is 2147483647 in version 1.0, -1 later.', pattern: '-1|[0-9]+' },
  uploadTime: {
    type: 'string',
    about: 'Unix seconds in version 1.0; later YYYY/MM/DD HH:MM:SS in US Eastern time.',
    pattern: '[0-9]+|[0-9]{4}/[0-9]{2}/[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}'
  }
} as const satisfies Readonly<Record<string, Writing>>

export interface Writing {
  readonly type: 'string' | 'integer'
  readonly about: string
  readonly pattern?: string
}

export type WritingName = keyof typeof WRITTEN

export interface Field extends Sourced {
  readonly written: WritingName
  /** Its meaning, as a sentence for the API page. */
  readonly about: string
  readonly example: Value
  /** A different sample from some version on. */
  readonly laterExample?: { readonly since: ApiVersion, readonly value: Value }
  /** Whether "" means not set. */
  readonly isOptional?: boolean
}

/** Attributes by name, in their order on the wire. */
export type Fields<Name extends string = string> = Readonly<Record<Name, Field>>

export const field = (written: WritingName, about: string, example: Value): Field => ({ written, about, example })

/** One that is "" when it is not set. */
export const optionalField = (written: WritingName, about: string, example: Value): Field => ({ written, about, example, isOptional: true })

/** One whose sample differs from a version on. */
export function changedIn (since: ApiVersion, field: Field, value: Value): Field {
  return { ...field, laterExample: { since, value } }
}

/** The sample in a version. */
export function exampleOf ({ example, laterExample }: Field, version: ApiVersion): Value {
  return laterExample !== undefined && version >= laterExample.since ? laterExample.value : example
}

/** The same attributes with other samples. */
export function withExamples<Name extends string> (fields: Fields<Name>, examples: Partial<Record<NoInfer<Name>, Value>>): Fields<Name> {
  const others = Object.entries<Value | undefined>(examples).map(([name, example]) => [name, { ...fields[name as Name], example }])
  return { ...fields, ...Object.fromEntries(others) as Partial<Fields<Name>> }
}
