/** The recipes of docs/clients.md, run as they stand there. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { runProgram } from '../support/client-program.ts'
import { startServer, temporaryFolder } from '../support/server.ts'

const PAGE = join(import.meta.dirname, '../../docs/clients.md')
const MARK = '=== '

/** What each recipe prints, by its heading. */
const PRINTS: Readonly<Record<string, RegExp>> = {
  'The server, and a key': /^$/,
  'Upload without an account': /<status>ok<[^]*<download_url>http[^]*<delete_url>http[^]*<file_name>photo\.jpg</,
  'Open an account': /<result method="auth\.register" status="ok">/,
  'Log in': /^session: [a-z0-9]{32}\n$/,
  'Upload into the account': /^upload_status=ok\nfile_id=\w{6}\nfile_name=photo\.jpg\nfile_id=\w{6}\nfile_name=film\.mp4\n/,
  'Ask for the progress': /<status>done<[^]*<meter>100</,
  'Make a folder and move the file into it': /status="ok">[^]*<file id="\w{6}" name="film\.mp4" description="Our holiday"[^]* folder_id="(?!0")\w{6}"/,
  'Set a password and a limit': / password="seaside"[^]* download_limit="3" limit_action="1"/,
  'Download, and resume': /^the same\n$/,
  'List a folder': /<folder id="\w{6}" name="Summer" shared="1"[^]*<file id="\w{6}" name="photo\.jpg"/,
  Delete: /<result method="files\.delete" status="ok">\n\t<id>\w{6}</,
  'Try the proxy with a built-in address': /^http:\/\/www\.sendspace\.com\/file\/\w{6}\n<title>Download photo\.jpg from /
}

t.test('every recipe of the page does what it says', async t => {
  const server = await startServer(t, { settings: { proxyMode: 'yes' } })
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'photo.jpg'), 'a photo')
  await writeFile(join(folder, 'film.mp4'), Buffer.alloc(100_000, 'film'))

  const page = await readFile(PAGE, 'utf8')
  const recipes = [...page.matchAll(/^### (.+)$[^]*?^```sh\n([^]*?)^```$/gm)].map(([, heading = '', commands = '']) => ({ heading, commands }))
  t.strictSame(recipes.map(({ heading }) => heading), Object.keys(PRINTS), 'each has its expectation here')
  const script = recipes.map(({ heading, commands }) => `echo '${MARK}${heading}'\n${commands}`).join('')
    .replace('server=http://127.0.0.1:8080', `server=${server.url}`)
  const printed = await runProgram('sh', ['-eu', '-c', script], folder)
  const [, ...sections] = printed.split(MARK)
  t.equal(sections.length, recipes.length)
  for (const section of sections) {
    const [heading = ''] = section.split('\n', 1)
    t.match(section.slice(heading.length + 1), PRINTS[heading], heading)
  }
})

t.test('every client that the page names is there', async t => {
  const named = new Set([...(await readFile(PAGE, 'utf8')).matchAll(/`([\w-]+\.(?:sh|py|mjs|php|pl|html))`/g)].map(([, name = '']) => name))
  // A file of a program that the page tells of, not ours.
  named.delete('upload.sh')
  named.delete('respace-upload.sh')
  t.ok(named.size >= 9)
  for (const name of named) await t.resolves(readFile(join(import.meta.dirname, name)), name)
})
