/** Clients in the languages of the field, as programs of their own beside the server of a test. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { attribute, call } from './client.ts'
import type { TestServer } from './server.ts'

/** No client takes so long. */
const LONGEST_RUN = 60_000

/** How a client is started, by how its name ends. */
const INTERPRETERS: Readonly<Record<string, string>> = { sh: 'sh', py: 'python3', mjs: process.execPath, php: 'php', pl: 'perl' }

/**
 * Runs `test/clients/NAME` to its end; the lines `name=value` that it printed, the last of a repeated name. Throws with
 * what it said when it fails, as published clients do at the first thing they do not expect.
 */
export async function runClient (name: string, words: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const interpreter = INTERPRETERS[name.slice(name.lastIndexOf('.') + 1)] ?? name
  const output = await runProgram(interpreter, [join(import.meta.dirname, '../clients', name), ...words])
  return Object.fromEntries([...output.matchAll(/^(\w+)=(.*)$/gm)].map(([, key = '', value = '']) => [key, value]))
}

/** What a program printed. Throws with what it said when it fails. */
export async function runProgram (command: string, words: readonly string[], cwd?: string): Promise<string> {
  // The test runner's own NODE_OPTIONS would make it another program; proxies of this machine are no part of a test.
  const strange = /^(?:NODE_OPTIONS|https?_proxy|all_proxy|no_proxy)$/i
  const env = Object.fromEntries(Object.entries(process.env).filter(([variable]) => !strange.test(variable)))
  const child = spawn(command, words, { env, cwd, timeout: LONGEST_RUN, killSignal: 'SIGKILL', stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', text => { output += text })
  child.stderr.setEncoding('utf8').on('data', text => { errors += text })
  const [code, signal] = await once(child, 'close') as [number | null, NodeJS.Signals | null]
  if (code !== 0) throw new Error(`${command} ${words.join(' ')} ended with ${code ?? signal}\n${output}${errors}`)
  return output
}

/** The bytes that a download page leads to. */
export async function downloadFrom (pageUrl: string): Promise<Buffer> {
  const page = await (await fetch(pageUrl)).text()
  const link = /<a id="download_button" class="download_page_button button1" href="([^"]+)">/.exec(page)?.[1]
  if (link === undefined) throw new Error(`no download button on ${page}`)
  return Buffer.from(await (await fetch(link)).arrayBuffer())
}

/** Name, folder and bytes of an own file, as the API tells them. */
export async function storedFile (server: Pick<TestServer, 'url'>, sessionKey: string, id: string) {
  const xml = await call(server, 'files.getInfo', { session_key: sessionKey, file_id: id })
  return {
    name: attribute(xml, 'name'),
    folderId: attribute(xml, 'folder_id'),
    description: attribute(xml, 'description'),
    bytes: await downloadFrom(attribute(xml, 'download_page_url'))
  }
}
