/** The program of a reverse proxy, beside a test. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Teardown } from './server.ts'
import { until } from './wait-until.ts'

/** Runs it until the test ends; resolves once `isReady` says so of what it wrote, with that, however much it becomes. */
export async function runReverseProxy (
  t: Teardown, command: string, words: readonly string[], isReady: (said: string) => boolean | Promise<boolean>, environment: NodeJS.ProcessEnv = process.env
): Promise<() => string> {
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'], env: environment })
  const ended = once(child, 'exit')
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => { said += text })
  t.teardown(async () => {
    child.kill('SIGTERM')
    await ended
  })
  await until(`${command} listens`, () => {
    if (child.exitCode !== null) throw new Error(`${command} ended: ${said}`)
    return isReady(said)
  })
  return () => said
}
