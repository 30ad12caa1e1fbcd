/** Writes answers and refusals as bytes of the wire: one TAB per level, `/>` without a space, a final newline (observed). */
import type { ApiVersion } from '../domain/version.ts'
import { attribute, escapeXml, textElement, XML_DECLARATION } from '../xml.ts'
import { belongsTo, type Rows, type Shape } from './answers.ts'
import { refuse, type Refusal } from './errors.ts'
import type { Value } from './fields.ts'
import type { Answer, Failure } from './method.ts'

type Row = Readonly<Record<string, Value>>

/** Elements per batch; other calls are served in between. */
const SLICE = 500
/** Elements written at once: a megabyte with the longest texts. */
const PIECE = 40
/** An answer longer than this, in characters, is written while it is sent: for a large folder it may exceed the memory. */
const LONGEST_WHOLE = 1024 * 1024

/** The whole answer, or its beginning and the rest. */
export interface Rendered {
  readonly xml: string
  readonly rest?: AsyncIterable<string>
}

/** `method` is in the caller's spelling; `giveWay` lets others be served during a long answer. */
export async function renderAnswer (
  method: string, version: ApiVersion, shapes: readonly Shape[], answer: Answer, giveWay: () => Promise<void>
): Promise<Rendered> {
  const own = shapes.filter(shape => belongsTo(shape, version))
  // Nearly all answers are short: these are written at once.
  if (!own.some(shape => isLong(shape, answer))) return { xml: open(method, 'ok') + own.map(shape => renderShort(shape, answer)).join('') + end(answer) }
  const pieces = piecesOf(method, own, answer, giveWay)
  let xml = ''
  while (xml.length <= LONGEST_WHOLE) {
    const next = await pieces.next()
    if (next.done) return { xml }
    xml += next.value
  }
  return { xml, rest: pieces }
}

async function * piecesOf (method: string, shapes: readonly Shape[], answer: Answer, giveWay: () => Promise<void>): AsyncGenerator<string, void> {
  let xml = open(method, 'ok')
  for (const shape of shapes) {
    if (shape.attributes === undefined || !isLong(shape, answer)) xml += renderShort(shape, answer)
    else {
      let isFirst = true
      for await (const rows of slicesOf(answer[shape.element] as Rows<Row>)) {
        if (!isFirst) await giveWay()
        isFirst = false
        for (let at = 0; at < rows.length; at += PIECE) {
          yield xml + renderRows(shape.element, shape.attributes, rows.slice(at, at + PIECE))
          xml = ''
        }
      }
    }
  }
  yield xml + end(answer)
}

/** Whether it may be long: many rows, or rows that come in pages. */
function isLong (shape: Shape, answer: Answer): boolean {
  const rows = answer[shape.element]
  return shape.attributes !== undefined && shape.many && !(Array.isArray(rows) && rows.length <= PIECE)
}

function renderShort (shape: Shape, answer: Answer): string {
  const value = answer[shape.element]
  if (shape.attributes === undefined) return textElement(shape.element, value as Value)
  return renderRows(shape.element, shape.attributes, shape.many ? value as readonly Row[] : [value as Row])
}

const end = ({ failures = [] }: Answer): string => failures.map(renderFailure).join('') + '</result>\n'

/** `ids` are the file or folder ids as the caller sent them, for methods with such parameters (the guide). */
export function renderRefusal (method: string, refusal: Refusal, ids?: string): string {
  return open(method, 'fail') + `\t${errorElement(refusal)}\n` +
    (ids === undefined ? '' : textElement('id', ids)) + '</result>\n'
}

/** `code` first, one space between attributes (observed); `info` only when there is a specific reason. */
export function errorElement (refusal: Refusal): string {
  return '<error' + attribute('code', refusal.code) + attribute('text', refusal.text) +
    (refusal.info === undefined || refusal.text === refusal.info ? '' : attribute('info', refusal.info)) + '/>'
}

function open (method: string, status: 'ok' | 'fail'): string {
  return `${XML_DECLARATION}<result method="${escapeXml(method)}" status="${status}">\n`
}

function slicesOf (rows: Rows<Row>): AsyncIterable<readonly Row[]> | ReadonlyArray<readonly Row[]> {
  if (!Array.isArray(rows)) return rows as AsyncIterable<readonly Row[]>
  const all = rows as readonly Row[]
  return Array.from({ length: Math.ceil(all.length / SLICE) }, (_, i) => all.slice(i * SLICE, (i + 1) * SLICE))
}

/** Joined, so that the slice is one flat text: joining millions of small ones later takes half of the time. */
const renderRows = (element: string, attributes: readonly string[], rows: readonly Row[]): string =>
  rows.map(row => renderRow(element, attributes, row)).join('')

function renderRow (element: string, attributes: readonly string[], row: Row): string {
  let xml = `\t<${element}`
  for (const name of attributes) xml += attribute(name, row[name] ?? '')
  return xml + '/>\n'
}

function renderFailure ({ error, ids }: Failure): string {
  const refusal = refuse(error)
  return `\t<error${attribute('code', refusal.code)}${attribute('text', refusal.text)}${attribute('id', ids.join(','))}/>\n`
}
