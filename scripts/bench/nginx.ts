/** nginx with its own configuration, for comparison. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../test/support/free-port.ts'
import { start, waitFor, type Child } from './child.ts'

export interface Nginx extends Child {
  readonly url: string
  /** Whether PUT works below `/dav/`; the bodies sent to `/in-file` are kept as files, too. */
  readonly hasDav: boolean
  /** Where both store the bytes. */
  readonly bodies: string
  readonly dav: string
}

/** One worker; files below `served` are sent with sendfile. */
export async function startNginx (folder: string, served: string): Promise<Nginx> {
  const bodies = join(folder, 'bodies')
  const dav = join(folder, 'dav')
  for (const path of [bodies, dav]) mkdirSync(path, { recursive: true })
  const hasDav = spawnSync('nginx', ['-V'], { encoding: 'utf8' }).stderr.includes('http_dav_module')
  const port = await freePort()
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, configuration(folder, served, port, hasDav))
  const child = start('nginx', ['-c', file, '-e', join(folder, 'error.log')])
  const url = `http://127.0.0.1:${port}`
  await waitFor('nginx', async () => (await fetch(`${url}/nothing`)).ok || undefined)
  return { ...child, url, hasDav, bodies, dav }
}

/** nginx stores a body in a file only when something reads it, so the request is passed to an upstream without the body. */
function configuration (folder: string, served: string, port: number, hasDav: boolean): string {
  const unused = ['proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path ${folder}/${name};`).join(' ')
  return `
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
daemon off;
pid ${folder}/nginx.pid;
events { worker_connections 256; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  client_max_body_size 0;
  client_body_temp_path ${folder}/bodies;
  ${unused}
  default_type application/octet-stream;
  server {
    listen 127.0.0.1:${port};
    location /served/ { alias ${served}/; }
    location /nothing { return 204; }
    location /in-file {
      client_body_in_file_only on;
      proxy_pass_request_body off;
      proxy_method GET;
      proxy_set_header Content-Length "";
      proxy_pass http://127.0.0.1:${port}/nothing;
    }
    ${hasDav ? 'location /dav/ { dav_methods PUT; create_full_put_path on; root ' + folder + '; }' : ''}
  }
}
`
}
