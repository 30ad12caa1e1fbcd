/** Caddy in front of a server, with a certificate of its own authority. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { runReverseProxy } from './reverse-proxy.ts'
import { temporaryFolder, type Teardown } from './server.ts'

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
  await runReverseProxy(
    t, 'caddy', ['run', '--adapter', 'caddyfile', '--config', file],
    said => said.includes('certificate obtained successfully') && fetch(url).then(() => true, () => false),
    { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder })
  return { url, port, authority: join(folder, 'data/pki/authorities/local/root.crt') }
}
