/** The table of docs/emulator.md: each of the 33 errors is produced by the state and by the fault listed there. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { faultFor, WAYS, withCodes, type ErrorRecipe } from '../../scripts/emulator-codes.ts'
import { METHODS } from '../../src/api/registry.ts'
import type { RunningEmulator } from '../../src/start-emulator.ts'
import { call, errorCode, md5, newToken } from '../support/client.ts'
import { controlCall, startTestEmulator, fileOf, sessionOf } from '../support/emulator.ts'
import { ROOT } from '../support/cli-process.ts'

t.test('the table is that of the script, and it has every code once', async t => {
  const page = await readFile(join(ROOT, 'docs/emulator.md'), 'utf8')
  t.equal(withCodes(page), page, '`npm run readme` writes it')
  t.strictSame(WAYS.map(({ code }) => code), Array.from({ length: 33 }, (_, i) => i + 1))
})

for (const way of WAYS) {
  t.test(`${way.code} is reached by state and by fault`, async t => {
    const emulator = await startTestEmulator(t)
    const words = await placeholdersOf(emulator, way)
    const { path, headers } = requestOf(way, words)
    if (way.control !== undefined) {
      const [, verb = '', where = '', body] = /^(\S+) (\S+)(?: (.*))?$/.exec(way.control) ?? []
      t.equal((await controlCall(emulator, verb, replace(where, words), body === undefined ? undefined : JSON.parse(body))).status, 200)
    }
    const byState = await fetch(emulator.restUrl + path, { headers })
    t.equal(byState.headers.get('x-emulator-fault'), null)
    t.equal(errorCode(await byState.text()), way.code, `by state: ${path}`)

    const other = await startTestEmulator(t)
    const fault = faultFor(way)
    const { id } = other.faults.add(fault)
    const spared = await fetch(`${other.restUrl}?method=${fault.match.method === 'folders.getAll' ? 'files.getInfo' : 'folders.getAll'}`)
    t.equal(spared.headers.get('x-emulator-fault'), null)
    const byFault = await fetch(`${other.restUrl}?method=${fault.match.method}`)
    t.equal(byFault.headers.get('x-emulator-fault'), id)
    t.equal(errorCode(await byFault.text()), way.code, `by fault: ${JSON.stringify(fault)}`)
  })
}

/** The values of the placeholders. */
async function placeholdersOf (emulator: RunningEmulator, { user = 'demo' }: ErrorRecipe): Promise<Record<string, string>> {
  const demo = await sessionOf(emulator)
  const folders = await call(emulator, 'folders.getAll', { session_key: demo })
  const folder = (name: string) => new RegExp(`id="(\\w+)" name="${name}"`).exec(folders)?.[1] ?? ''
  const documents = folder('Documents')
  const secret = /<file id="(\w+)" name="secret\.txt"/.exec(await call(emulator, 'folders.getContents', { session_key: demo, folder_id: documents }))?.[1] ?? ''
  const token = await newToken(emulator)
  return {
    KEY: user === 'demo' ? demo : await sessionOf(emulator, user),
    TOKEN: token,
    RIGHT: md5(token + md5('demo')),
    HELLO: await fileOf(emulator, demo),
    SECRET: secret,
    HOLIDAY: folder('Holiday'),
    DOCUMENTS: documents
  }
}

const replace = (text: string, words: Readonly<Record<string, string>>): string => text.replace(/\b[A-Z]{3,}\b/g, word => words[word] ?? word)

function requestOf ({ call, header }: ErrorRecipe, words: Readonly<Record<string, string>>): { path: string, headers: Record<string, string> } {
  const [name = '', ...rest] = replace(call, words).split(' ')
  const method = METHODS.find(declared => declared.name === name)
  const first = name.includes('=') ? name : `method=${name}`
  const params = new URLSearchParams([first, ...rest].join('&').replace(/:\/\//g, '%3A%2F%2F'))
  if (method?.auth.includes('session') && !params.has('session_key')) params.set('session_key', words.KEY ?? '')
  const [, field = '', value = ''] = /^([\w-]+): (.*)$/.exec(header ?? '') ?? []
  return { path: `?${params}`, headers: field === '' ? {} : { [field]: value } }
}
