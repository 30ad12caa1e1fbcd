/** contract.json says all that a generator needs: a typed Python client is made from it and called for every method, in every version. */
// Runs on SQLite only.
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { LOGIN_PROOF, type Formula } from '../../src/api/login-proof.ts'
import { METHODS } from '../../src/api/registry.ts'
import { CONTRACT_JSON_SCHEMA } from '../../src/api/contract-json-schema.ts'
import { schemaText } from '../../scripts/contract-tables.ts'
import { ROOT } from '../support/cli-process.ts'
import { md5 } from '../support/client.ts'
import { startTestEmulator } from '../support/emulator.ts'
import { temporaryFolder } from '../support/server.ts'

const run = promisify(execFile)
const clients = join(ROOT, 'test/clients')
const emulator = await startTestEmulator(t)
const served = await (await fetch(`${emulator.url}/docs/contract.json`)).text()
const contract = JSON.parse(served) as Contract

interface Contract {
  readonly $schema: string
  readonly versions: readonly string[]
  readonly types: Readonly<Record<string, unknown>>
  readonly methods: ReadonlyArray<{ readonly name: string, readonly since: string, readonly parameters: ReadonlyArray<{ readonly kind: string, readonly example: string }>, readonly answer: ReadonlyArray<{ readonly type: string | null }> }>
  readonly documents: ReadonlyArray<{ readonly name: string }>
  readonly errors: ReadonlyArray<{ readonly name: string }>
  readonly values: object
  readonly kinds: Readonly<Record<string, { readonly isList: boolean, readonly type: string, readonly pattern: string | null, readonly minimum: number | null, readonly maximum: number | null, readonly values: readonly number[] | null }>>
  readonly requests: ReadonlyArray<{ readonly name: string, readonly urlFrom: readonly string[], readonly documents: readonly string[], readonly errors: readonly string[] }>
  readonly differences: ReadonlyArray<{ readonly methods: readonly string[], readonly values: readonly string[], readonly error: string | null }>
}

t.test('a typed Python client is generated from it, and every method works in every version', async t => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'contract.json'), served)
  await run('python3', [join(clients, 'generate-client.py'), join(folder, 'contract.json'), join(folder, 'sendspace.py')])
  for (const [i, version] of contract.versions.entries()) {
    const sandbox = await emulator.sandbox({ id: `v${i}` })
    const { stdout } = await run('python3', [join(clients, 'generated-client.py'), folder, version, i % 2 === 0 ? 'GET' : 'POST', sandbox.url])
    t.strictSame(JSON.parse(stdout), METHODS.filter(({ since = '1.0' }) => since <= version).map(({ name }) => name).sort(), version)
  }
})

t.test('it fits its JSON Schema, which stands beside it and finds what is missing', async t => {
  const ajv = new Ajv2020({ strict: false })
  const isValid = ajv.compile(CONTRACT_JSON_SCHEMA)
  t.ok(isValid(contract), ajv.errorsText(isValid.errors))
  t.equal(await readFile(join(ROOT, 'docs/contract', contract.$schema), 'utf8'), schemaText(), '`npm run readme` writes it')
  const answer = await fetch(new URL(contract.$schema, `${emulator.url}/docs/contract.json`))
  t.match([answer.status, answer.headers.get('content-type'), await answer.text()], [200, 'application/schema+json', schemaText()])
  for (const member of Object.keys(contract)) {
    const { [member as keyof Contract]: _left, ...others } = contract
    t.notOk(isValid(others), `without ${member}`)
  }
  for (const [wrong, right] of [['"isMandatory": true', '"isMandatory": 1'], ['"type": "integer"', '"type": "number"'], ['"verbs": [\n        "GET"', '"verbs": [\n        "FETCH"'], ['"parameter": "token"', '"parameter": 1'], ['"code": 33', '"code": "33"']] as const) {
    t.ok(served.includes(wrong), wrong)
    t.notOk(isValid(JSON.parse(served.replaceAll(wrong, right))), right)
  }
})

t.test('the formula of the login makes the proof of its example', t => {
  const { token, password, proof } = LOGIN_PROOF.example
  const value = (formula: Formula): string => 'md5' in formula ? md5(formula.md5.map(value).join('')) : 'secret' in formula ? password : formula.parameter === 'token' ? token : ''
  t.equal(value(LOGIN_PROOF.formula), proof)
  t.end()
})

t.test('it names nothing that it does not explain', t => {
  const names = { methods: contract.methods, documents: contract.documents, errors: contract.errors }
  const [methods, documents, errors] = Object.values(names).map(list => new Set(list.map(({ name }) => name)))
  for (const { name, urlFrom, documents: answered, errors: refused } of contract.requests) {
    t.ok(urlFrom.every(place => methods?.has(place.split(' ')[0] ?? '')), name)
    t.ok(answered.every(document => documents?.has(document)), name)
    t.ok(refused.every(error => errors?.has(error)), name)
  }
  for (const { methods: changed, values, error } of contract.differences) {
    t.ok(changed.every(method => methods?.has(method)) && values.every(value => value in contract.values) && (error === null || errors?.has(error)))
  }
  for (const { name, answer } of contract.methods) t.ok(answer.every(({ type }) => type === null || type in contract.types), name)
  t.end()
})

t.test('each example of a parameter is as its kind says', t => {
  for (const { name, parameters } of contract.methods) {
    for (const { kind, example } of parameters) {
      const { isList, type, pattern, minimum, maximum, values } = contract.kinds[kind] ?? t.fail(kind) as never
      for (const item of isList ? example.split(',').map(part => part.trim()) : [example]) {
        if (pattern !== null) t.match(item, new RegExp(`^(?:${pattern})$`), `${name} ${kind}`)
        if (type === 'integer') t.ok(Number(item) >= (minimum ?? 0) && Number(item) <= (maximum ?? Infinity) && (values?.includes(Number(item)) ?? true), `${name} ${kind}`)
      }
    }
  }
  t.end()
})
