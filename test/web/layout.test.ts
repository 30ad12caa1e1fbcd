/** Every page from a narrow phone to a wide screen, with text at 200 % too, in English, German with its long words, and Japanese without spaces. */
// Runs first.
// Runs on SQLite only.
import t, { type Test } from 'tap'
import type { Page } from 'playwright-core'
import { skipWithout } from '../../scripts/bring-components.ts'
import { hashKey } from '../../src/domain/accounts/credentials.ts'
import { offerSetUp } from '../../src/store/accounts/registration.ts'
import { logInByForm, navigate, openBrowser } from '../support/browser.ts'
import { attribute, call, openSession, register, uploadFile } from '../support/client.ts'
import { findLayoutFaults } from '../support/layout-faults.ts'
import { startServer, type TestServer } from '../support/server.ts'

const needsBrowser = { skip: skipWithout('chromium') }
const WIDTHS = [320, 768, 1280, 2560]
const LANGUAGES = ['en', 'de', 'ja']

const WORD = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'
const KEY = 'a'.repeat(32)

/** Pages for everybody, and those for an administrator, with the longest words that there may be. */
async function begin (server: TestServer): Promise<{ readonly open: readonly string[], readonly own: readonly string[] }> {
  const { sql, vault } = server.app.ports
  const session = await openSession(server)
  await sql.run(`update users set full_name = 'Hubert ${WORD}', is_name_shown = 1`)
  const folder = attribute(await call(server, 'folders.create', { session_key: session, name: WORD, shared: 1 }), 'id')
  await call(server, 'folders.create', { session_key: session, name: `${WORD} 2`, shared: 1, parent_folder_id: folder })
  const empty = attribute(await call(server, 'folders.create', { session_key: session, name: 'Empty', shared: 1 }), 'id')
  const open = await uploadFile(server, session, `${WORD}${WORD}.txt`, 'x'.repeat(5000), { folder_id: folder, description: WORD.repeat(3) })
  const locked = await uploadFile(server, session, `${WORD}.jpeg`, 'x', { folder_id: folder, password: 'pw' })
  const limited = await uploadFile(server, session, '一二三四五六七八九十'.repeat(6) + '.pdf', 'x'.repeat(2000))
  await call(server, 'files.setInfo', { session_key: session, file_id: limited, downloads_limit: 2, time_limit: 1000 })
  await call(server, 'addressbook.add', { session_key: session, email: `${'long.'.repeat(12)}name@${'example.'.repeat(10)}org`, name: WORD, description: WORD })
  await sql.run(`insert into file_requests (id, owner_id, folder_id, title, message, types, sealed_password, max_files, is_notified, created_at)
    values ('${KEY}', 1, '${folder}', '${WORD}', '${WORD}${WORD}', 'txt,jpeg,png,gif,webp,heic,mp4,docx,xlsx', $password, 1000, 1, 0)`, { password: vault.seal('pw', 'file password') })
  await sql.run('insert into invitations (code_hash, created_at, expires_at) values ($hash, 0, 4e12)', { hash: hashKey(KEY) })
  await sql.run("insert into upload_keys (key_hash, user_id, kind, created_at) values ($hash, 1, 'sharex', 0)", { hash: hashKey(KEY) })
  await offerSetUp(sql, hashKey(KEY))
  await register(server, 'bobby')
  const shareTwo = async (fields: Readonly<Record<string, string>>) => {
    const form = new FormData()
    for (const [name, value] of Object.entries({ title: WORD, description: WORD, ...fields })) form.append(name, value)
    for (const name of [`${WORD}.jpeg`, `${WORD}.txt`]) form.append('userfile', new Blob(['x']), name)
    return (await fetch(`${server.url}/upload`, { method: 'POST', body: form, redirect: 'manual' })).headers.get('location') ?? ''
  }
  const [bundle, closed] = [await shareTwo({}), await shareTwo({ password: 'pw' })]
  const pageOf = (link: string) => `/folder/${link.split('/')[2]}`
  const code = String((await sql.get('select delete_code from files where id = $open', { open }))?.delete_code)
  return {
    open: [
      '/', '/login', '/register', `/setup/${KEY}`, '/nothing', '/file/zzzzzz', `/file/${open}`, `/file/${locked}`, `/file/${limited}`, `/folder/${folder}`, `/folder/${folder}?view=grid`, `/folder/${empty}`,
      bundle, `${bundle}/delete`, pageOf(bundle), `${pageOf(bundle)}?view=grid`, pageOf(closed),
      `/edit/${open}/${code}?saved`, `/delete/${open}/${code}`, `/request/${KEY}`, `/request/${KEY}?done=1000`, '/docs', `/dl/1/1/${open}/1`
    ],
    own: [
      `/?folder=${folder}`, '/my', `/my?folder=${folder}`, '/my?q=a', '/my?q=nothing-of-this-name', '/my?view=grid', '/my/shared', '/my/contacts', '/my/requests', '/account', '/account?tab=security', '/account?tab=programs', '/account?tab=delete',
      `/account/key/${hashKey(KEY)}`, '/admin', `/admin/invitation/${hashKey(KEY)}`, '/admin/users', '/admin/users?q=zzz', '/admin/users/2', '/admin/users/2/password', '/admin/users/2/delete', '/admin/users/2/end',
      '/admin/files', '/admin/events', '/admin/settings', `/edit/${open}/${code}`
    ]
  }
}

/** What a form answers: pages without an address of their own. */
const AFTER_FORMS: ReadonlyArray<readonly [string, string]> = [
  ['/my/requests', 'form[action="/my/requests"] button[value=ask]'], ['/my/contacts', 'form[action="/my/contacts"] button[value=ask]'],
  ['/my', '#my-files button[value=delete]'], ['/my', 'button[formaction="/my/mail"]'], ['/account?tab=security', 'form[action="/account/password"] button']
]

const speak = (page: Page, server: TestServer, code: string) => page.context().addCookies([{ name: 'respace_language', value: code, url: server.url }])

async function look (t: Test, page: Page, name: string): Promise<void> {
  // Closed parts count as well.
  await page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
  t.strictSame(await findLayoutFaults(page, WIDTHS), [], name)
}

t.test('no page scrolls sideways or cuts a text, whatever the width and the language', needsBrowser, async t => {
  const server = await startServer(t)
  const { open, own } = await begin(server)
  const page = await openBrowser(t)
  for (const code of LANGUAGES) {
    await speak(page, server, code)
    for (const path of open) {
      await page.goto(server.url + path)
      await look(t, page, `${code} ${path}`)
    }
  }
  await page.context().clearCookies()
  await logInByForm(page, server, '/account')
  await server.app.ports.sql.run('update users set is_admin = 1 where id = 1')
  for (const code of LANGUAGES) {
    await speak(page, server, code)
    for (const path of own) {
      await page.goto(server.url + path)
      await look(t, page, `${code} ${path}`)
    }
    for (const [path, button] of AFTER_FORMS) {
      await page.goto(server.url + path)
      await page.evaluate("for (const form of document.forms) form.noValidate = true; for (const box of document.querySelectorAll('tbody [type=checkbox]')) box.click()")
      await navigate(page, () => page.evaluate(`document.querySelector(${JSON.stringify(button)}).click()`))
      await look(t, page, `${code} ${path} after ${button}`)
    }
  }
})
