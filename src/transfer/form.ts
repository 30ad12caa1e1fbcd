/** The fields of an upload: from the query of its URL, and from the form, which may follow the file (observed). */
import { refuse } from '../api/errors.ts'
import { cutToBytes, UPLOAD_FIELD_BYTES } from '../domain/text-limit.ts'

const MAX_FIELDS = 1000
const MAX_FIELD_BYTES = 1024 * 1024
/** Of a value so many bytes are kept: no field that counts may be as long. */
const MAX_VALUE_BYTES = 16 * 1024
const MAX_KEPT_BYTES = 256 * 1024

export interface Form {
  /** Of a value so many bytes are kept. */
  readonly maxValueBytes: number
  /** A field's value, '' when it was not sent; the form beats the query. Names are in lower case. */
  get (name: string): string
  has (name: string): boolean
  /** Takes a field of the form. Refuses more than 1000 of them with 21. */
  set (name: string, value: string): void
  /** Counts a field for a file that was left empty like any other. */
  passOver (): void
  /** Counts the bytes of values as they come: more than 1 MiB in all is refused with 21. */
  count (bytes: number): void
  /** Counts bytes before they are kept, of names too: more than 256 KiB in all is refused with 21, since leaving out a field would leave a file without its password. */
  keep (bytes: number): void
}

/** What the sender said of the files, by the names of the wire. */
export type Fields = Pick<Form, 'get'>

/** The names of the query may begin with `amp;`: a client that never unescapes XML (observed). Where a text is what is sent, it is kept or refused, never cut. */
export function createForm (query: ReadonlyMap<string, string>, keepsTexts = false): Form {
  const values = new Map([...query].map(([sent, value]) => {
    const name = sent.replace(/^(?:amp;)+/, '')
    return [name, storable(name, value)]
  }))
  let fields = 0
  let bytes = 0
  let keptBytes = 0

  function countField (): void {
    if (++fields > MAX_FIELDS) throw refuse('PARAMETER_BAD_VALUE', 'more than 1000 form fields')
  }

  return {
    maxValueBytes: keepsTexts ? MAX_KEPT_BYTES + 1 : MAX_VALUE_BYTES,
    get: name => values.get(name) ?? '',
    has: name => values.has(name),
    set (name, value) {
      countField()
      // The form of the old web site wrote `description[]` (observed).
      const field = name.replace(/\[\]$/, '')
      values.set(field, storable(field, value))
    },
    passOver: countField,
    count (more) {
      bytes += more
      if (bytes > MAX_FIELD_BYTES) throw refuse('PARAMETER_BAD_VALUE', 'more than 1 MiB of form fields')
    },
    keep (more) {
      keptBytes += more
      if (keptBytes > MAX_KEPT_BYTES) throw refuse('PARAMETER_BAD_VALUE', 'more than 256 KiB of form fields')
    }
  }
}

const MAX_BYTES: ReadonlyMap<string, number> = new Map(Object.entries(UPLOAD_FIELD_BYTES))

/** A field's value as it may be kept: no longer than it is declared, and without NUL, which PostgreSQL does not keep. */
export function storable (name: string, value: string): string {
  const clean = value.replaceAll('\0', '\ufffd')
  const maxBytes = MAX_BYTES.get(name)
  return maxBytes === undefined ? clean : cutToBytes(clean, maxBytes)
}
