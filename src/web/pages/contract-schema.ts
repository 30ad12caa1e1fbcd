/**
 * The XML schema of all answers. `<result>` itself is described loosely, since a schema cannot choose by an attribute's
 * value; each method has a restricted type with its name, which `xsi:type="files.getInfo"` selects.
 */
import type { XMLBuilder } from 'xmlbuilder2/lib/interfaces.js'
import type { Contract, DocumentDescription, ElementDescription, MethodDescription } from '../../api/contract-format.ts'

type Attributes = ElementDescription['attributes']

/** The XML builder is loaded with the first schema, or the first feed. */
export async function contractSchema (contract: Contract): Promise<string> {
  const { create } = await import('xmlbuilder2')
  const schema = create({ version: '1.0', encoding: 'UTF-8' }).ele('xs:schema', { 'xmlns:xs': 'http://www.w3.org/2001/XMLSchema' })
  document(schema, `Answers of ${contract.endpoint}. A success may be held against the type that has the name of its method, a failure against Failure, by xsi:type.`)
  writeValues(schema, contract)
  writeErrors(schema, contract)
  const loose = looseElements(contract)
  writeResult(schema, loose)
  const types = new Map<string, string>()
  for (const method of contract.methods) writeMethod(schema, method, types, loose)
  for (const file of contract.documents) if (file.contentType.startsWith('text/xml')) writeDocument(schema, file)
  return schema.end({ prettyPrint: true }) + '\n'
}

/** The type of a value; with `OrEmpty` if it may be empty. */
function writeValues (schema: XMLBuilder, { values }: Contract): void {
  for (const [name, { about, pattern = '[\\s\\S]*' }] of Object.entries(values)) {
    for (const [suffix, expression] of [['', pattern], ['OrEmpty', `(${pattern})?`]] as const) {
      const type = schema.ele('xs:simpleType', { name: `value.${name}${suffix}` })
      document(type, about)
      type.ele('xs:restriction', { base: 'xs:string' }).ele('xs:pattern', { value: expression })
    }
  }
}

function writeErrors (schema: XMLBuilder, { errors }: Contract): void {
  const codes = schema.ele('xs:simpleType', { name: 'ErrorCode' }).ele('xs:restriction', { base: 'xs:string' })
  for (const { code, name } of errors) document(codes.ele('xs:enumeration', { value: String(code) }), name)
  const any = schema.ele('xs:complexType', { name: 'AnyError' })
  attribute(any, 'code', 'ErrorCode')
  attribute(any, 'text', 'xs:string')
  attribute(any, 'info', 'xs:string', 'optional')
  attribute(any, 'id', 'xs:string', 'optional')
  const whole = restriction(schema, 'Error', 'AnyError', 'Why a call failed; info is the parameter or the specific reason.')
  attribute(whole, 'id', 'xs:string', 'prohibited')
  const partial = restriction(schema, 'PartialError', 'AnyError', 'Why some ids of a call failed.')
  attribute(partial, 'info', 'xs:string', 'prohibited')
  attribute(partial, 'id', 'xs:string')
}

/** By name: null for a text, else all attributes of the element in any method. */
type Loose = ReadonlyMap<string, ReadonlySet<string> | null>

function looseElements ({ methods }: Contract): Loose {
  const elements = new Map<string, ReadonlySet<string> | null>([['id', null]])
  for (const { element, attributes } of methods.flatMap(method => method.answer)) {
    const known = elements.get(element)
    elements.set(element, attributes === null ? null : new Set([...known ?? [], ...attributes.map(({ name }) => name)]))
  }
  return elements
}

function writeResult (schema: XMLBuilder, elements: Loose): void {
  for (const [element, names] of elements) {
    if (names === null) continue
    const type = schema.ele('xs:complexType', { name: looseType(element) })
    for (const name of names) attribute(type, name, 'xs:string', 'optional')
  }
  schema.ele('xs:element', { name: 'result', type: 'Result' })
  const result = schema.ele('xs:complexType', { name: 'Result' })
  const choice = result.ele('xs:choice', { minOccurs: '0', maxOccurs: 'unbounded' })
  for (const [name, names] of elements) choice.ele('xs:element', { name, type: names === null ? 'xs:string' : looseType(name) })
  choice.ele('xs:element', { name: 'error', type: 'AnyError' })
  attribute(result, 'method', 'xs:string')
  attribute(result, 'status', 'value.outcome')

  const failure = restriction(schema, 'Failure', 'Result', 'What every method answers when it fails.')
  const sequence = failure.ele('xs:sequence')
  sequence.ele('xs:element', { name: 'error', type: 'Error' })
  sequence.ele('xs:element', { name: 'id', type: 'xs:string', minOccurs: '0' })
  attribute(failure, 'status', 'value.outcome').att('fixed', 'fail')
}

function writeMethod (schema: XMLBuilder, method: MethodDescription, types: Map<string, string>, loose: Loose): void {
  const elements = acrossVersions(method.answer)
  for (const { element, attributes } of elements) {
    const key = typeKey(element, attributes)
    if (attributes === null || types.has(key)) continue
    types.set(key, `${method.name}.${element}`)
    const type = restriction(schema, `${method.name}.${element}`, looseType(element))
    for (const described of attributes) document(attribute(type, described.name, valueType(described)), described.about)
    const others = [...loose.get(element) ?? []].filter(name => attributes.every(own => own.name !== name))
    for (const name of others) attribute(type, name, 'xs:string', 'prohibited')
  }
  const type = restriction(schema, method.name, 'Result', method.summary)
  const sequence = type.ele('xs:sequence')
  for (const { element, isRepeated, attributes, text, since, until } of elements) {
    sequence.ele('xs:element', {
      name: element,
      type: text === null ? types.get(typeKey(element, attributes)) ?? looseType(element) : valueType(text),
      ...(isRepeated || since !== '1.0' || until !== null ? { minOccurs: '0' } : {}),
      ...(isRepeated && { maxOccurs: 'unbounded' })
    })
  }
  if (method.mayFailInPart) sequence.ele('xs:element', { name: 'error', type: 'PartialError', minOccurs: '0', maxOccurs: 'unbounded' })
  attribute(type, 'status', 'value.outcome').att('fixed', 'ok')
}

/** Elements whose attributes differ only in order between versions are one: a schema ignores that order. */
function acrossVersions (elements: readonly ElementDescription[]): readonly ElementDescription[] {
  return elements.filter(({ element }, i) => elements.findIndex(other => other.element === element) === i)
    .map(kept => elements.some(other => other !== kept && other.element === kept.element) ? { ...kept, since: '1.0', until: null } : kept)
}

function writeDocument (schema: XMLBuilder, { name, summary, head, each, tail }: DocumentDescription): void {
  const element = schema.ele('xs:element', { name })
  document(element, summary)
  const sequence = element.ele('xs:complexType').ele('xs:sequence')
  for (const described of head) text(sequence, described)
  if (each.length > 0) {
    const choice = sequence.ele('xs:choice')
    const files = choice.ele('xs:sequence', { maxOccurs: 'unbounded' })
    for (const described of each) text(files, described)
    choice.ele('xs:element', { name: 'error', type: 'Error' })
  }
  for (const described of tail) text(sequence, described)
}

function text (parent: XMLBuilder, { element, text, since }: ElementDescription): void {
  const type = text === null ? 'xs:string' : valueType(text)
  const written = parent.ele('xs:element', { name: element, type, ...(since !== '1.0' && { minOccurs: '0' }) })
  document(written, text?.about)
}

const looseType = (element: string): string => `Any.${element}`

const typeKey = (element: string, attributes: Attributes): string => JSON.stringify([element, attributes])

const valueType = ({ value, mayBeEmpty }: { readonly value: string, readonly mayBeEmpty: boolean }): string =>
  `value.${value}${mayBeEmpty ? 'OrEmpty' : ''}`

function restriction (schema: XMLBuilder, name: string, base: string, about?: string): XMLBuilder {
  const type = schema.ele('xs:complexType', { name })
  document(type, about)
  return type.ele('xs:complexContent').ele('xs:restriction', { base })
}

function attribute (type: XMLBuilder, name: string, of: string, use: 'required' | 'optional' | 'prohibited' = 'required'): XMLBuilder {
  return type.ele('xs:attribute', { name, type: of, use })
}

function document (parent: XMLBuilder, about: string | undefined): void {
  if (about !== undefined) parent.ele('xs:annotation').ele('xs:documentation').txt(about)
}
