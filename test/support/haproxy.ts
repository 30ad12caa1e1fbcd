/** HAProxy in front of servers, with a configuration of its own. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runReverseProxy } from './reverse-proxy.ts'
import { temporaryFolder, type Teardown } from './server.ts'

/** Resolves once it answers at `url`, with its log. */
export async function startHaproxy (t: Teardown, url: string, configuration: string): Promise<() => string> {
  const file = join(await temporaryFolder(t), 'haproxy.cfg')
  await writeFile(file, configuration)
  return runReverseProxy(t, 'haproxy', ['-db', '-f', file], () => fetch(url).then(({ ok }) => ok, () => false))
}
