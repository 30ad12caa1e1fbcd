/** A storage of three files, commands that are killed on their way to fill another, and whether that is whole. */
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { attribute, call, openSession, uploadFile } from './client.ts'
import { ROOT, run, type Ended } from './cli-process.ts'
import { startServer, temporaryFolder } from './server.ts'
import { readStorage } from './storage-contents.ts'

export const NAMES = ['one.bin', 'three.bin', 'two.bin']
export const bytesOf = (name: string): Buffer => Buffer.alloc(5000, name)
const KILLER = join(ROOT, 'test/support/kill-before-write.mjs')

/** A storage with an authority and three files, saved. */
export async function begin (t: Test): Promise<{ storage: string, saved: string, folder: string }> {
  const folder = await temporaryFolder(t)
  const server = await startServer(t, { settings: { tls: 'auto', listen: 'https://127.0.0.1:0' } })
  const session = await openSession(server)
  for (const name of NAMES) await uploadFile(server, session, name, bytesOf(name))
  const saved = join(folder, 'saved')
  const { status, stderr } = await run(['backup', saved, '--storage', server.storage])
  t.equal(status, 0, stderr)
  await server.close()
  return { storage: server.storage, saved, folder }
}

/** Runs a command that is killed before its n-th change of the file system, unless it has fewer. */
export const runKilled = (words: readonly string[], at: number, env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  run(words, { env: { ...env, KILLED_AT: String(at) }, before: ['--import', KILLER] })

/** Steps at which a command is killed: the first and the last ones, and some between. */
export async function stepsOf (words: readonly string[], env?: Readonly<Record<string, string>>): Promise<number[]> {
  const { status, stderr } = await runKilled(words, 0, env)
  const total = Number(/changes: (\d+)/.exec(stderr)?.[1])
  if (status !== 0 || !(total > 20)) throw new Error(`${words.join(' ')}: ${stderr}`)
  const all = Array.from({ length: total }, (_, i) => i + 1)
  return all.filter(step => step <= 4 || step > total - 7 || step % Math.ceil(total / 6) === 0)
}

export async function isWhole (t: Test, storage: string, settings: Record<string, string> = {}): Promise<void> {
  const server = await startServer(t, { storage, seed: 'restored', settings })
  const { files } = await readStorage(storage)
  t.strictSame(files.map(({ name }) => name).sort(), NAMES)
  const session = await openSession(server)
  for (const { id, name } of files) {
    const url = attribute(await call(server, 'download.getInfo', { session_key: session, file_id: id }), 'url')
    t.ok(bytesOf(name).equals(Buffer.from(await (await fetch(url)).arrayBuffer())), name)
  }
  await server.close()
}

export const contentsOf = async (storage: string): Promise<string[]> =>
  existsSync(storage) ? (await readdir(storage)).filter(name => !/^(?:server\.lock|\.probe)/.test(name)) : []
