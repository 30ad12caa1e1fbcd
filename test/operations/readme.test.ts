/** What the README says is true: its settings are those of the program, its first upload works as it stands there. */
// Runs on SQLite only.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { withSettings } from '../../scripts/readme.ts'
import { element } from '../support/client.ts'
import { startServer } from '../support/server.ts'

const root = join(import.meta.dirname, '../..')
const readme = await readFile(join(root, 'README.md'), 'utf8')

t.test('the table of settings is that of the program; `npm run readme` writes it', async t => {
  t.equal(withSettings(readme), readme)
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
