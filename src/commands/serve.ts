import { resolve } from 'node:path'
import { authorityFile } from '../adapters/tls/local-authority.ts'
import { isDamage } from '../adapters/database/damage.ts'
import { createApp } from '../app.ts'
import { sampleKey, type Config } from '../config.ts'
import { hashKey } from '../domain/accounts/credentials.ts'
import type { ConnectionLimits } from '../domain/network/connection-limits.ts'
import { newKey } from '../domain/identifiers.ts'
import type { Ports } from '../ports.ts'
import { offerSetUp } from '../store/accounts/registration.ts'
import { removeReadyFile, runUntilSignal } from './run-server.ts'
import { trustGuide } from './trust-guide.ts'

/** Runs the server until a signal ends it. */
export async function serve (config: Config): Promise<void> {
  await removeReadyFile(config.readyFile)
  const app = await createApp(config)
  const { ports, log, connections } = app
  const problem = await ports.room.problem()
  if (problem !== undefined) log.error({ problem }, 'the storage accepts no files')
  const setUp = await offerSetUpCode(ports, problem !== undefined)
  await runUntilSignal(app, config, urls => greeting(urls, config, connections, setUp, problem))
}

/** The code of the link that makes the first administrator; undefined when there is one. */
async function offerSetUpCode ({ ids, sql }: Ports, isDiskBad: boolean): Promise<string | undefined> {
  const code = newKey(ids)
  try {
    return await offerSetUp(sql, hashKey(code)) ? code : undefined
  } catch (error) {
    // Without space for the code there is no link; if these tables are damaged, the rest is still served.
    if (!isDiskBad && !isDamage(error)) throw error
  }
}

/** `setUp` is the code of the set-up link, while there is no administrator; `problem` is the problem with the disk, if any. */
function greeting (
  [first = '', ...others]: readonly string[], config: Config, { total, perAddress }: ConnectionLimits, setUp: string | undefined, problem: string | undefined
): string {
  const { storage, publicUrl, tls } = config
  const url = publicUrl ?? first
  return `Respace is ready.
  Web pages      ${url}/
  API endpoint   ${url}/rest/
${others.map(other => `  Also           ${other}/\n`).join('')}  Storage        ${resolve(storage)}
  Connections    ${total} at most, ${perAddress} from one address
${problem === undefined ? '' : `  Problem        ${problem}\n`}${setUp === undefined ? '' : `  Set up         ${url}/setup/${setUp}   (works once: creates the first administrator)\n`}${tls === undefined ? '' : trustGuide(resolve(authorityFile(storage)))}
Try it:
  curl '${url}/rest/?method=auth.createToken&api_key=${sampleKey(config)}&api_version=1.0'

`
}
