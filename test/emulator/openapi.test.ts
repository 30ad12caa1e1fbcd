/** The description of the control calls is a typed contract: programs generate clients from it. */
// Runs on SQLite only.
import { readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import openapiTS, { astToString } from 'openapi-typescript'
import t from 'tap'
import ts from 'typescript'
import { withCalls } from '../../scripts/control-tables.ts'
import { checkedAnswers, findMisfit } from '../support/checked-control.ts'
import { ROOT } from '../support/cli-process.ts'
import { controlCall, startTestEmulator } from '../support/emulator.ts'
import { temporaryFolder } from '../support/server.ts'

interface Schema { readonly [member: string]: unknown }
interface Content { readonly schema: Schema, readonly example?: unknown }
interface Operation {
  readonly operationId: string
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> }
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Content>> }>>
}

const emulator = await startTestEmulator(t, { seed: 'demo' })
const description = await (await fetch(`${emulator.controlUrl}/openapi.json`)).json() as Schema & { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>, readonly components: { readonly schemas: Schema } }
const operations = Object.entries(description.paths).flatMap(([path, verbs]) => Object.entries(verbs).map(([verb, operation]) => ({ path, verb, ...operation })))

t.test('it is valid OpenAPI 3.1, and each operation has a unique id', async t => {
  const validator = new Validator()
  t.match(await validator.validate(structuredClone(description)), { valid: true })
  t.equal(validator.version, '3.1')
  const names = operations.map(({ operationId }) => operationId)
  t.equal(new Set(names).size, names.length)
  t.ok(names.every(name => /^[a-z]+[A-Z]?\w*$/.test(name)), names.join(' '))
})

t.test('every answer with a body has a schema, and its example fits each body', async t => {
  const ajv = new Ajv2020({ strict: false })
  addFormats.default(ajv)
  ajv.addSchema(description, 'openapi')
  for (const { path, verb, requestBody, responses } of operations) {
    for (const [status, { content }] of Object.entries(responses)) {
      t.equal(content === undefined, status === '204', `${verb} ${path} ${status}`)
      for (const { schema } of Object.values(content ?? {})) t.ok(Object.keys(schema).length > 0, `${verb} ${path} ${status}`)
    }
    for (const [type, { schema, example }] of Object.entries(requestBody?.content ?? {})) {
      t.ok(Object.keys(schema).length > 0, `${verb} ${path}`)
      if (type !== 'application/x-tar') t.ok(ajv.validate(rebased(schema), example), `${verb} ${path}: ${ajv.errorsText()}`)
    }
  }

  /** Resolves references of a single schema in the description. */
  function rebased (schema: Schema): object {
    return JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/')) as object
  }
})

/** A type without information: unknown, any or never, at any depth. */
const TYPE_CHECK = `
import type { operations } from './api.js'
type Vague<T> = 0 extends 1 & T ? true : [T] extends [never] ? true : unknown extends T ? true
  : T extends string | number | boolean | null | undefined ? false
  : T extends readonly (infer Item)[] ? Vague<Item>
  : true extends { [K in keyof T]-?: Vague<Exclude<T[K], undefined>> }[keyof T] ? true : false
type Content<T> = T extends { content: infer C } ? C[keyof C] : false
type Answers<T> = { [S in keyof T & (200 | 201)]: Content<T[S]> }[keyof T & (200 | 201)]
type BodyOf<O> = O extends { requestBody?: infer B } ? [Exclude<B, undefined>] extends [never] ? false : Content<B> : false
type AnswerOf<O> = O extends { responses: infer R } ? keyof R & (200 | 201) extends never ? false : Answers<R> : never
/** The description itself is OpenAPI: its operations and schemas have any form. */
type Described = Exclude<keyof operations, 'getOpenapi'>
export type VagueBodies = { [O in Described]: true extends Vague<BodyOf<operations[O]>> ? O : never }[Described]
export type VagueAnswers = { [O in Described]: true extends Vague<AnswerOf<operations[O]>> ? O : never }[Described]
export const noBody: [VagueBodies] extends [never] ? true : VagueBodies = true
export const noAnswer: [VagueAnswers] extends [never] ? true : VagueAnswers = true
`

const CLIENT = `
import createClient from 'openapi-fetch'
import type { components, paths } from './api.js'

export async function drive (baseUrl: string): Promise<string[]> {
  const control = createClient<paths>({ baseUrl })
  const seen: string[] = []
  const { data: account, error } = await control.PATCH('/accounts/{user}', { params: { path: { user: 'demo' } }, body: { membership: { type: 'Max' }, diskspace: { limit: 100000 } } })
  if (account === undefined) throw new Error(error.detail)
  const left: number = account.diskspace.left
  seen.push(account.membership.type, String(left))
  const rule: components['schemas']['FaultRule'] = { match: { method: 'files.delete' }, times: 2, answer: { error: 9 } }
  const { data: fault } = await control.POST('/faults', { body: rule })
  seen.push(fault?.state ?? '', String(fault?.rule.times))
  const { data: clock } = await control.PUT('/clock', { body: { mode: 'frozen', now: '2026-01-01T00:00:00Z' } })
  seen.push(clock?.mode ?? '')
  const { data: advanced } = await control.POST('/clock/advance', { body: { by: 1000 } })
  seen.push(advanced?.now ?? '', String(advanced?.ran.filesDeleted))
  const { data: journal } = await control.POST('/journal/find', { body: { phase: 'api' } })
  seen.push(String(journal?.entries.map(entry => entry.response.status).length))
  const missing = await control.GET('/accounts/{user}', { params: { path: { user: 'dmo' } } })
  seen.push(missing.error?.hint ?? '')
  return seen
}
`

/** Calls with type errors; each line must be rejected. */
const MISTAKES = [
  "control.PATCH('/accounts/{user}', { params: { path: { user: 'demo' } }, body: { membership: { type: 'Gold' } } })",
  "control.PUT('/clock', { body: { mode: 'stopped' } })",
  "control.POST('/faults', { body: { answer: { socket: 'explode' } } })",
  "control.POST('/clock/advance', { body: {} })",
  "control.GET('/acounts')",
  "control.GET('/clock').then(({ data }) => data?.nov)"
]

t.test('openapi-typescript generates complete types from it; a client with them compiles, and works', async t => {
  const folder = await temporaryFolder(t)
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const files = {
    'package.json': '{"type":"module"}',
    'api.ts': astToString(await openapiTS(JSON.stringify(description))),
    'vague.ts': TYPE_CHECK,
    'client.ts': CLIENT,
    'mistakes.ts': "import createClient from 'openapi-fetch'\nimport type { paths } from './api.js'\nconst control = createClient<paths>()\n" + MISTAKES.map(line => `void ${line}\n`).join('')
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const program = ts.createProgram(['vague.ts', 'client.ts', 'mistakes.ts'].map(name => join(folder, name)), {
    strict: true, skipLibCheck: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, types: [], lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts']
  })
  const problems = ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => ({
    file: file?.fileName.split('/').at(-1) ?? '', line: file?.getLineAndCharacterOfPosition(start).line ?? 0, text: ts.flattenDiagnosticMessageText(messageText, ' ')
  }))
  t.strictSame(problems.filter(({ file }) => file !== 'mistakes.ts'), [])
  const refused = new Set(problems.filter(({ file }) => file === 'mistakes.ts').map(({ line }) => line - 3))
  t.strictSame([...refused].sort(), MISTAKES.map((_, i) => i), 'each mistake is found')

  program.emit()
  const { drive } = await import(pathToFileURL(join(folder, 'client.js')).href) as { drive: (url: string) => Promise<string[]> }
  t.strictSame(await drive(emulator.controlUrl), ['Max', String(100_000 - 65_573), 'armed', '2', 'frozen', '2026-01-01T00:00:01.000Z', '0', '0', 'did you mean demo?'])
  emulator.faults.clear()
})

t.test('the page and the documentation show the body and answer of each call', async t => {
  const page = await readFile(join(ROOT, 'docs/emulator.md'), 'utf8')
  t.equal(withCalls(page), page, '`npm run readme` writes it')
  const html = await (await fetch(`${emulator.url}/_emulator/`)).text()
  for (const { verb, path } of operations) {
    const call = `${verb.toUpperCase()} ${path.replace(/\{(\w+)\}/, (_, name: string) => name.toUpperCase())}`
    t.ok(html.includes(`<td>${call}</td>`), call)
    t.ok(page.includes(`| \`${call}\` |`), call)
  }
  for (const name of Object.keys(description.components.schemas)) {
    t.ok(html.includes(`<td>${name}</td><td>`), name)
    t.ok(page.includes(`| \`${name}\` | \``), name)
  }
})

t.test('every test of the emulator checks the control answers that it gets', async t => {
  const folder = join(ROOT, 'test/emulator')
  // Helpers for other languages get their answers in programs of those languages.
  for (const name of (await readdir(folder)).filter(name => !name.startsWith('helper-'))) {
    const source = await readFile(join(folder, name), 'utf8')
    if (/controlUrl|controlCall|_emulator\/v1/.test(source)) t.match(source, /support\/(?:emulator|checked-control)\.ts'/, name)
  }
  const before = checkedAnswers()
  await controlCall(emulator, 'GET', '/health')
  t.equal(checkedAnswers(), before + 1)
  t.equal(findMisfit('GET', '/health', 200, 'application/json', '{"status":"ok","version":"1","now":"2026-01-01T00:00:00Z"}'), undefined)
  for (const [status, type, body] of [
    [200, 'application/json', '{"status":"ok","version":"1"}'],
    [200, 'application/json', '{"status":"ok","version":"1","now":"2026-01-01T00:00:00Z","more":1}'],
    [200, 'application/json', '{"status":"ok","version":"1","now":"noon"}'],
    [201, 'application/json', '{}'],
    [200, 'text/plain', 'ok'],
    [400, 'application/problem+json', '{"title":"Bad request"}']
  ] as const) t.ok(findMisfit('GET', '/health', status, type, body), body)
})
