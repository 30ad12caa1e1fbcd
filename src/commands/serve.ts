import { rename, rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createApp } from '../app.ts'
import type { Config } from '../config.ts'

/** Runs the server until a signal ends it. */
export async function serve (config: Config): Promise<void> {
  const app = await createApp(config)
  const url = await app.listen()
  if (config.readyFile !== undefined) await writeReadyFile(config.readyFile, url)
  process.stdout.write(greeting(config.publicUrl ?? url, config))

  let isEnding = false
  async function end (signal: string): Promise<void> {
    // A second signal ends at once: nothing acknowledged is lost by that, the next start tidies up.
    if (isEnding) process.exit(1)
    isEnding = true
    app.log.info({ signal }, 'closing: running transfers may finish, another signal ends at once')
    if (config.readyFile !== undefined) await rm(config.readyFile, { force: true })
    await app.close()
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => { end(signal).catch(fail) })
}

function fail (error: unknown): never {
  process.stderr.write(`respace: ${error instanceof Error ? error.stack : String(error)}\n`)
  process.exit(1)
}

/** Written aside and renamed: who reads it reads all of it. */
async function writeReadyFile (path: string, url: string): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify({ url, pid: process.pid }) + '\n')
  await rename(`${path}.new`, path)
}

function greeting (url: string, config: Config): string {
  return `Respace is ready.
  Web pages      ${url}/
  API endpoint   ${url}/rest/
  Storage        ${resolve(config.storage)}

Try it:
  curl '${url}/rest/?method=auth.createToken&api_key=RESPACE001&api_version=1.0'

`
}
