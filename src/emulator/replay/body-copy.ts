/** A bounded copy of a body while it is passed on. */
import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { fieldsOf, isMultipart } from '../../http/request/small-body.ts'
import { readQuery } from '../../http/request/query.ts'
import { recognizeBody } from '../../transfer/body-format.ts'
import { createGrowingBuffer } from '../../transfer/growing-buffer.ts'
import { inspectUpload } from '../traffic/upload-inspector.ts'
import type { HarContent, SentBody } from './har-entry.ts'
import type { SecretHider } from './hide-secrets.ts'

export interface BodyCopy {
  push (chunk: Buffer): void
  size (): number
  /** All bytes; undefined when the body exceeds the limit. */
  bytes (): Buffer | undefined
  /** In hex. */
  sha256 (): string
}

export function createBodyCopy (maxBytes: number): BodyCopy {
  const kept = createGrowingBuffer()
  const hash = createHash('sha256')
  let size = 0
  return {
    push (chunk) {
      size += chunk.length
      hash.update(chunk)
      if (size <= maxBytes) kept.append(chunk)
    },
    size: () => size,
    bytes: () => size > maxBytes ? undefined : kept.bytes(),
    sha256: () => hash.copy().digest('hex')
  }
}

/** A copy of a request's body: the fields of a form, and its files by name, size and hash. */
export interface RequestCopy {
  push (chunk: Buffer): void
  /** Fields that count as parameters; names in lower case. */
  params (): ReadonlyMap<string, string>
  /** undefined without a body. */
  write (hider: SecretHider): SentBody | undefined
}

export function copyRequest (method: string, { 'content-type': mimeType = '' }: IncomingHttpHeaders, maxBytes: number): RequestCopy {
  const copy = createBodyCopy(maxBytes)
  const isForm = isMultipart(mimeType)
  const inspector = isForm ? inspectUpload(firstBytes => recognizeBody(method, mimeType, firstBytes), () => '') : undefined
  let isOver = false

  function finish (): void {
    if (!isOver) inspector?.inspect(null)
    isOver = true
  }

  return {
    push (chunk) {
      inspector?.inspect(chunk)
      copy.push(chunk)
    },
    params () {
      finish()
      const bytes = isUrlencoded(mimeType) ? copy.bytes() : undefined
      return inspector?.fields ?? (bytes === undefined ? new Map() : fieldsOf(bytes, mimeType))
    },
    write (hider) {
      if (copy.size() === 0) return undefined
      finish()
      if (inspector !== undefined) {
        const fields = [...inspector.fields].map(([name, value]) => ({ name, value: hider.value(name, value) }))
        const files = inspector.files().map(({ field, name, size, sha256 }) => ({ name: field, fileName: name, _size: size, _sha256: sha256 }))
        return { mimeType, params: [...fields, ...files], text: '' }
      }
      const text = textOf(copy.bytes())
      if (text === undefined) return { mimeType, params: [], text: '', _size: copy.size(), _sha256: copy.sha256() }
      if (!isUrlencoded(mimeType)) return { mimeType, params: [], text: hider.text(text) }
      return { mimeType, params: [...readQuery(text)].map(([name, value]) => ({ name, value: hider.value(name, value) })), text: '' }
    }
  }
}

/** The body of an answer. Files are not masked; a compressed body is not kept, because it may contain secrets. */
export function writeContent (copy: BodyCopy, headers: IncomingHttpHeaders, hider: SecretHider): HarContent {
  const { 'content-type': mimeType = '', 'content-encoding': encoding = '', 'content-disposition': disposition = '' } = headers
  const bytes = /^(?:identity)?$/i.test(encoding) ? copy.bytes() : undefined
  const size = copy.size()
  const isFile = /^\s*attachment/i.test(disposition) || !/^$|xml|json|urlencoded|^text\//i.test(mimeType)
  if (bytes === undefined) return { size, mimeType, _sha256: copy.sha256() }
  const text = textOf(bytes)
  return text === undefined ? { size, mimeType, text: bytes.toString('base64'), encoding: 'base64' } : { size, mimeType, text: isFile ? text : hider.text(text) }
}

/** Without a Content-Type most clients of this API send parameters. */
const isUrlencoded = (mimeType: string): boolean => mimeType === '' || /^\s*application\/x-www-form-urlencoded/i.test(mimeType)

/** undefined for invalid UTF-8, which would change when written as text. */
function textOf (bytes: Buffer | undefined): string | undefined {
  const text = bytes?.toString('utf8')
  return text === undefined || !Buffer.from(text).equals(bytes ?? Buffer.alloc(0)) ? undefined : text
}
