import { resolve } from 'node:path'
import { authorityFile } from '../adapters/local-authority.ts'
import { createApp } from '../app.ts'
import { sampleKey, type Config } from '../config.ts'
import { runUntilSignal } from './run-server.ts'
import { trustGuide } from './trust-guide.ts'

/** Runs the server until a signal ends it. */
export async function serve (config: Config): Promise<void> {
  await runUntilSignal(config, () => createApp(config), urls => greeting(urls, config))
}

function greeting ([first = '', ...others]: readonly string[], config: Config): string {
  const { storage, publicUrl, tls } = config
  const url = publicUrl ?? first
  return `Respace is ready.
  Web pages      ${url}/
  API endpoint   ${url}/rest/
${others.map(other => `  Also           ${other}/\n`).join('')}  Storage        ${resolve(storage)}
${tls === undefined ? '' : trustGuide(resolve(authorityFile(storage)))}
Try it:
  curl '${url}/rest/?method=auth.createToken&api_key=${sampleKey(config)}&api_version=1.0'

`
}
