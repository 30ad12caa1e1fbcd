/** Caddy in front of a server, with a certificate of its own authority. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from './cluster.ts'
import { temporaryFolder, type Teardown } from './server.ts'
import { until } from './until.ts'

export interface Caddy {
  /** Plain HTTP. */
  readonly url: string
  /** Where the sites of the Caddyfile answer by HTTPS. */
  readonly port: number
  /** The certificate of the authority that signs theirs. */
  readonly authority: string
}

/** Serves a Caddyfile of sites by HTTPS, and `directives` by plain HTTP. */
export async function startCaddy (t: Teardown, sites: string, directives: string): Promise<Caddy> {
  const folder = await temporaryFolder(t)
  const file = join(folder, 'Caddyfile')
  const [port, plainPort] = [await freePort(), await freePort()]
  const url = `http://127.0.0.1:${plainPort}`
  await writeFile(file, `{
  admin off
  auto_https disable_redirects
  local_certs
  skip_install_trust
  default_bind 127.0.0.1
  https_port ${port}
  storage file_system ${folder}/data
}
${sites}
${url} {
  ${directives}
}
`)
  const child = spawn('caddy', ['run', '--adapter', 'caddyfile', '--config', file], {
    stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder }
  })
  const ended = once(child, 'exit')
  let said = ''
  child.stderr.on('data', (text: Buffer) => { said += text })
  t.teardown(async () => {
    child.kill('SIGTERM')
    await ended
  })
  await until('Caddy listens and has its certificates', () => {
    if (child.exitCode !== null) throw new Error(`Caddy ended: ${said}`)
    return said.includes('certificate obtained successfully') && fetch(url).then(() => true, () => false)
  })
  return { url, port, authority: join(folder, 'data/pki/authorities/local/root.crt') }
}
