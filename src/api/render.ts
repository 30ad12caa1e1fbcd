/** Answers and refusals as the bytes of the wire: one TAB a level, `/>` without a space, a final newline (observed). */
import type { ApiVersion } from '../domain/version.ts'
import { attribute, escapeXml, textElement, XML_DECLARATION } from '../xml.ts'
import { belongsTo, type Shape } from './answers.ts'
import { refuse, type Refusal } from './errors.ts'
import type { Value } from './fields.ts'
import type { Answer, Failure } from './method.ts'

/** `method` is the caller's own spelling. */
export function renderAnswer (method: string, version: ApiVersion, shapes: readonly Shape[], answer: Answer): string {
  let xml = open(method, 'ok')
  for (const shape of shapes) {
    if (belongsTo(shape, version)) xml += renderElements(shape, answer[shape.element])
  }
  for (const failure of answer.failures ?? []) xml += renderFailure(failure)
  return xml + '</result>\n'
}

/** `ids` are the file or folder ids as the caller sent them, for the methods that take some (the guide). */
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

function renderElements (shape: Shape, value: unknown): string {
  if (shape.attributes === undefined) return textElement(shape.element, value as Value)
  if (!shape.many) return renderRow(shape.element, shape.attributes, value as Record<string, Value>)
  let xml = ''
  for (const row of value as Array<Record<string, Value>>) xml += renderRow(shape.element, shape.attributes, row)
  return xml
}

function renderRow (element: string, attributes: readonly string[], row: Readonly<Record<string, Value>>): string {
  let xml = `\t<${element}`
  for (const name of attributes) xml += attribute(name, row[name] ?? '')
  return xml + '/>\n'
}

function renderFailure ({ error, ids }: Failure): string {
  const refusal = refuse(error)
  return `\t<error${attribute('code', refusal.code)}${attribute('text', refusal.text)}${attribute('id', ids.join(','))}/>\n`
}
