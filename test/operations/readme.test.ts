/** What the README and its pages say is true: the settings are those of the program, the first upload works as it stands there. */
// Runs on SQLite only.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { withSettings } from '../../scripts/readme.ts'
import { element } from '../support/client.ts'
import { startServer } from '../support/server.ts'

const root = join(import.meta.dirname, '../..')
const readme = await readFile(join(root, 'README.md'), 'utf8')
const settings = await readFile(join(root, 'docs/settings.md'), 'utf8')

t.test('the table of settings is that of the program; `npm run readme` writes it', async t => {
  t.equal(withSettings(settings), settings)
})

t.test('the first upload with curl works', async t => {
  const server = await startServer(t)
  const [, script = ''] = /With curl, without an account:\n\n```sh\n(.*?)```/s.exec(readme) ?? []
  t.match(script, 'http://127.0.0.1:8080')
  const { stdout } = await promisify(execFile)('sh', ['-c', script.replace('http://127.0.0.1:8080', server.url)], { cwd: root })
  const page = await fetch(element(stdout, 'download_url'))
  t.equal(page.status, 200)
  t.match(await page.text(), '<title>Download README.md from')
  t.equal((await fetch(element(stdout, 'delete_url'))).status, 200)
})

t.test('the pages that the README and the documents link to exist, with their headings', async t => {
  const documents = (await readdir(join(root, 'docs'))).filter(name => name.endsWith('.md')).map(name => `docs/${name}`)
  for (const name of ['README.md', ...documents]) {
    const links = [...(await readFile(join(root, name), 'utf8')).matchAll(/\]\((?!https?:|mailto:)([^)\s#]*)#?([^)\s]*)\)/g)]
    for (const [, path = '', heading = ''] of links) {
      const target = path === '' ? join(root, name) : join(root, dirname(name), path)
      t.ok(existsSync(target), `${name}: ${path}`)
      if (heading !== '') t.ok(headingsOf(await readFile(target, 'utf8')).includes(heading), `${name}: ${path}#${heading}`)
    }
  }
})

t.test('the pictures of the README are small', async t => {
  const pictures = [...readme.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, path = '']) => path)
  t.equal(pictures.length, 2)
  for (const path of pictures) t.ok((await stat(join(root, path))).size < 150 * 1024, path)
})

/** As GitHub makes anchors of them, and those that stand in the text. */
function headingsOf (text: string): string[] {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'))
  return [...headings, ...[...text.matchAll(/<a id="([^"]+)"/g)].map(([, id = '']) => id)]
}
