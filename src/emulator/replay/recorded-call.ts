/** A recorded call, and the differences of a sent call from it. */
import { readQuery } from '../../http/request/query.ts'
import { escapeXml } from '../../xml.ts'
import type { SeenFile } from '../traffic/upload-inspector.ts'
import type { HarRequest } from './har-entry.ts'
import { inventValue, PLACEHOLDER } from './placeholders.ts'

/** The parts of a call that are compared. The host is not: a replay has one address. */
export interface Call {
  readonly verb: string
  readonly path: string
  /** Parameters of the query and the body; names in lower case. */
  readonly params: ReadonlyMap<string, string>
  readonly files: readonly SeenFile[]
  /** A body that is neither a form nor parameters: its text, or its size and hash; '' without a body. */
  readonly body: string
}

/** The values of placeholders in a replay. */
export interface Bindings {
  /** The values in answers and requests so far. */
  readonly values: ReadonlyMap<string, string>
}

export interface Comparison {
  /** Sentences such as `folder_id: recorded "0", sent "1"`; none when the calls match. */
  readonly differences: readonly string[]
  /** Values for placeholders that had none. */
  readonly found: ReadonlyMap<string, string>
}

/** A call whose values contain placeholders. */
export function recordedCall ({ method, url, queryString, postData }: HarRequest): Call {
  const { pathname, search } = new URL(url)
  const query = queryString.length > 0 ? queryString.map(({ name, value }) => [name.toLowerCase(), value] as const) : [...readQuery(search.slice(1))]
  const fields = (postData?.params ?? []).flatMap(param => 'fileName' in param ? [] : [[param.name.toLowerCase(), param.value] as const])
  const files = (postData?.params ?? []).flatMap(param => 'fileName' in param ? [{ field: param.name, name: param.fileName, size: param._size, sha256: param._sha256 }] : [])
  return { verb: method, path: pathname, params: new Map([...query, ...fields]), files, body: bodyText(postData) }
}

/** The body in the form of `Call`. */
export function bodyText (body: HarRequest['postData']): string {
  if (body === undefined || body.params.length > 0) return ''
  return body._sha256 === undefined ? body.text : `${body._size} bytes, SHA-256 ${body._sha256}`
}

export function compareCalls (recorded: Call, sent: Call, { values }: Bindings): Comparison {
  const found = new Map<string, string>()
  const differences: string[] = []

  function compare (name: string, template: string | undefined, value: string | undefined): void {
    if (template !== undefined && value !== undefined && fits(template, value)) return
    differences.push(`${name}: ${template === undefined ? 'not recorded' : `recorded ${shown(template)}`}, ${value === undefined ? 'not sent' : `sent ${shown(value)}`}`)
  }

  /** Whether a value matches a text with placeholders. */
  function fits (template: string, value: string): boolean {
    const names = template.match(PLACEHOLDER) ?? []
    if (names.length === 0) return template === value
    const known = (name: string) => found.get(name) ?? values.get(name)
    const pattern = template.split(PLACEHOLDER).map(escaped).reduce((before, after, i) => {
      const name = names[i - 1] ?? ''
      return `${before}(${escaped(known(name) ?? '') || '[^]+?'})${after}`
    })
    const match = new RegExp(`^${pattern}$`).exec(value)
    if (match === null) return false
    const sent = names.map((name, i) => [name, match[i + 1] ?? ''] as const)
    if (sent.some(([name, each], i) => sent.slice(0, i).some(([other, earlier]) => other === name && earlier !== each))) return false
    for (const [name, each] of sent) if (known(name) === undefined) found.set(name, each)
    return true
  }

  if (recorded.verb !== sent.verb) differences.push(`verb: recorded ${recorded.verb}, sent ${sent.verb}`)
  compare('path', recorded.path, sent.path)
  for (const name of new Set([...recorded.params.keys(), ...sent.params.keys()])) compare(name, recorded.params.get(name), sent.params.get(name))
  const files = Math.max(recorded.files.length, sent.files.length)
  for (let i = 0; i < files; i++) {
    const [theirs, ours] = [recorded.files[i], sent.files[i]]
    compare(`the file ${theirs?.field ?? ours?.field}`, theirs && describeFile(theirs), ours && describeFile(ours))
  }
  if (recorded.body !== '' || sent.body !== '') compare('body', recorded.body, sent.body)
  return { differences, found }
}

/**
 * The text of an answer with values instead of its placeholders; new values are added to `values`. They are escaped as needed: in the
 * query of a URL, in XML and HTML, in JSON.
 */
export function fillIn (text: string, mimeType: string, values: Map<string, string>): string {
  return text.replace(PLACEHOLDER, (placeholder, at: number) => {
    const value = values.get(placeholder) ?? inventValue(placeholder)
    values.set(placeholder, value)
    if (/[?&;][\w.-]+=$/.test(text.slice(Math.max(0, at - 100), at))) return encodeURIComponent(value)
    if (/xml|html/i.test(mimeType)) return escapeXml(value)
    return /json/i.test(mimeType) ? JSON.stringify(value).slice(1, -1) : value
  })
}

/** The name of a call in messages: its method, if it has one. */
export const nameOfCall = ({ verb, path, params }: Call): string => `${verb} ${params.get('method') ?? path}`

const describeFile = ({ name, size, sha256 }: SeenFile): string => `${name}, ${size} bytes, SHA-256 ${sha256.slice(0, 16)}`
const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
const shown = (text: string): string => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)
