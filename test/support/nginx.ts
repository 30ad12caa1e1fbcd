/** nginx in front of a server, with a configuration of its own. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runReverseProxy } from './reverse-proxy.ts'
import { temporaryFolder, type Teardown } from './server.ts'

/** Listens on `port` with these directives in its `server` block, and others around it. What it may read is what its user may. */
export async function startNginx (t: Teardown, port: number, directives: string, around = '', user = 'root'): Promise<void> {
  const folder = await temporaryFolder(t)
  const file = join(folder, 'nginx.conf')
  const unused = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path ${folder}/${name};`).join(' ')
  await writeFile(file, `
${process.getuid?.() === 0 ? `user ${user};` : ''}
worker_processes 1;
daemon off;
pid ${folder}/nginx.pid;
events { worker_connections 512; }
http {
  access_log off;
  ${unused}
  ${around}
  server {
    listen 127.0.0.1:${port};
    ${directives}
  }
}
`)
  await runReverseProxy(t, 'nginx', ['-c', file, '-e', join(folder, 'error.log')], () => fetch(`http://127.0.0.1:${port}/no-such-page`).then(() => true, () => false))
}
