/** What an operator does beside a running server, by the built program. */
import { run } from './cli-process.ts'
import type { TestServer } from './server.ts'

/** Runs a command on the server's storage; throws when it fails. What it printed. */
export async function operate (server: Pick<TestServer, 'storage'>, ...words: string[]): Promise<string> {
  const { status, stdout, stderr } = await run([...words, '--storage', server.storage])
  if (status !== 0) throw new Error(`respace ${words.join(' ')}: ${stderr}`)
  return stdout
}
