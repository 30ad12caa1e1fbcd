/** Writes into docs/contract what the declarations say: contract.json with its schema, and in the pages methods, errors and fields of an upload. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Contract, ElementDescription, ParameterDescription } from '../src/api/contract-format.ts'
import { CONTRACT_JSON_SCHEMA } from '../src/api/contract-json-schema.ts'
import { describe } from '../src/api/describe.ts'
import { DOCUMENTS, METHODS } from '../src/api/registry.ts'
import { UPLOAD_FIELDS } from '../src/api/upload-documents.ts'

const TABLES: Readonly<Record<string, (contract: Contract) => readonly string[][]>> = { methods, errors, uploads: uploadFields }

/** The pages that have a table: their names in docs/contract. */
export const TABLE_PAGES = Object.keys(TABLES)

/** The page with its table as it is now. */
export async function withTable (page: string, name: string): Promise<string> {
  const [start, end] = [`<!-- ${name}: npm run readme -->\n`, `<!-- end of ${name} -->`]
  const [before, rest] = page.split(start)
  const after = rest?.split(end)[1]
  const table = TABLES[name]
  if (before === undefined || after === undefined || table === undefined) throw new Error(`docs/contract/${name}.md: expected "${start.trim()}" and "${end}"`)
  const [head = [], ...rows] = table(await describe(METHODS, DOCUMENTS, UPLOAD_FIELDS))
  return before + start + [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |\n`).join('') + end + after
}

function methods ({ methods, errors, versions: [first] }: Contract): string[][] {
  const codes = new Map(errors.map(({ name, code }) => [name, code]))
  return [
    ['method', 'parameters (**mandatory**)', 'answer', 'errors of its own'],
    ...methods.map(method => [
      method.name + (method.since === first ? '' : ` (since ${method.since})`),
      method.parameters.map(writeParameter).join(', '),
      method.answer.map(writeElement).join(' '),
      method.errors.map(name => codes.get(name)).join(' ')
    ])
  ]
}

function writeParameter ({ name, aliases, isMandatory, optionalSince, maxBytes }: ParameterDescription): string {
  const notes = [aliases.length > 0 && `or ${aliases.join(', ')}`, optionalSince !== null && `optional since ${optionalSince}`, maxBytes !== null && `${maxBytes} bytes`].filter(note => note)
  return (isMandatory ? `**${name}**` : name) + (notes.length > 0 ? ` (${notes.join('; ')})` : '')
}

function writeElement ({ element, attributes, since, until, isRepeated }: ElementDescription): string {
  const notes = [isRepeated && 'each', since !== '1.0' && `since ${since}`, until !== null && `before ${until}`].filter(note => note)
  const written = attributes === null ? `<${element}>` : `<${element} ${attributes.map(({ name }) => name).join(' ')}/>`
  return `\`${written}\`${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`
}

function errors ({ errors }: Contract): string[][] {
  return [['code', 'name', 'text'], ...errors.map(({ code, name, text }) => [String(code), name, text === '' ? 'The specific reason' : text])]
}

function uploadFields ({ uploadFields }: Contract): string[][] {
  return [
    ['field', 'bytes', 'what it is', 'known from'],
    ...uploadFields.map(({ name, maxBytes, about, source }) => [name, maxBytes === null ? '' : String(maxBytes), about, source ?? ''])
  ]
}

/** All of it as data, as every server answers it at /docs/contract.json: what the contract kit reads. */
export const contractText = async (): Promise<string> => JSON.stringify(await describe(METHODS, DOCUMENTS, UPLOAD_FIELDS), null, 2) + '\n'

/** Its JSON Schema, `contract.schema.json` beside it. */
export const schemaText = (): string => JSON.stringify(CONTRACT_JSON_SCHEMA, null, 2) + '\n'

async function writeAll (): Promise<void> {
  writeFileSync(join(import.meta.dirname, '..', 'docs/contract/contract.schema.json'), schemaText())
  writeFileSync(join(import.meta.dirname, '..', 'docs/contract/contract.json'), await contractText())
  for (const name of TABLE_PAGES) {
    const path = join(import.meta.dirname, '..', 'docs/contract', `${name}.md`)
    writeFileSync(path, await withTable(readFileSync(path, 'utf8'), name))
  }
}

if (process.argv[1] === import.meta.filename) await writeAll()
