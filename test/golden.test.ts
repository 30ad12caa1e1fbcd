/**
 * The bytes of every answer, as files in `golden/`. A change of the wire changes a file on purpose:
 * `UPDATE_GOLDEN=1 npx tap test/golden.test.ts` writes them anew.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { API_KEY, attribute, element, md5, readTicket, upload } from './support/client.ts'
import { startServer } from './support/server.ts'

const folder = join(import.meta.dirname, 'golden')
const isUpdate = process.env.UPDATE_GOLDEN === '1'
/** What links say, whatever the port. */
const PUBLIC = 'http://respace.example'

for (const version of ['1.0', '1.1', '1.2']) {
  t.test(`answers of version ${version}`, async t => {
    const server = await startServer(t, { seed: version, settings: { publicUrl: PUBLIC, secretKey: '5'.repeat(64) } })
    const compare = (name: string, text: string) => {
      const file = join(folder, version, `${name}.txt`)
      if (isUpdate) {
        mkdirSync(join(folder, version), { recursive: true })
        writeFileSync(file, text)
      }
      t.equal(text, readFileSync(file, 'utf8'), name)
    }
    const ask = async (name: string, parameters: Record<string, string>) => {
      const response = await fetch(`${server.url}/rest/?${new URLSearchParams(parameters)}`)
      const text = await response.text()
      compare(name, `${response.status} ${response.headers.get('content-type')} ${response.headers.get('cache-control')}\n\n${text}`)
      return text
    }
    const here = (address: string) => address.replace(PUBLIC, server.url)
    const key = { api_key: API_KEY, api_version: version }

    await ask('auth.register', { method: 'auth.register', api_key: API_KEY, user_name: 'alice', full_name: 'Alice Example', email: 'alice@example.org', password: 'secret1' })
    await ask('auth.register-taken', { method: 'auth.register', api_key: API_KEY, user_name: 'alice', full_name: 'Alice Example', email: 'bob@example.org', password: 'secret1' })
    const token = element(await ask('auth.createToken', { method: 'auth.createToken', ...key }), 'token')
    const login = await ask('auth.login', { method: 'auth.login', token, user_name: 'alice', tokened_password: md5(token + md5('secret1')) })
    const session = { session_key: element(login, 'session_key') }
    await ask('auth.login-wrong', { method: 'auth.login', token, user_name: 'alice', tokened_password: md5('wrong') })
    await ask('auth.checkSession', { method: 'auth.checksession', ...session })

    const ticket = readTicket(await ask('upload.getInfo', { method: 'upload.getInfo', ...session, speed_limit: '0' }))
    const send = async (name: string, url: string, fields: Record<string, string> = {}, files = [{ name: 'R&D <1> "x".txt', bytes: 'hello' }]) => {
      const { status, type, body } = await upload({ url: here(url) }, files, fields)
      compare(name, `${status} ${type}\n\n${body}`)
      return body
    }
    const progress = async (name: string, url: string) => {
      const response = await fetch(here(url))
      compare(name, `${response.status} ${response.headers.get('content-type')} ${response.headers.get('cache-control')}\n\n${(await response.text()).replace(/\d{3,}/g, 'N')}`)
    }
    await progress('progress-waiting', ticket.progressUrl)
    const sent = await send('upload', ticket.url, { description: 'A & B', password: 'pass' })
    await progress('progress-done', ticket.progressUrl)
    await progress('progress-unknown', `${PUBLIC}/progressapiupload.html?UPLOAD_IDENTIFIER=nope`)
    await send('upload-several', ticket.url, {}, [{ name: 'a.txt', bytes: 'a' }, { name: 'b.txt', bytes: '' }])
    await send('upload-no-file', ticket.url, { description: 'nothing' }, [])
    await progress('progress-failed', ticket.progressUrl)
    await send('upload-folder', ticket.url, { folder_id: 'zzzzzz' })
    await send('upload-wrong-proof', ticket.url, { extra_info: 'wrong' })
    await send('upload-unknown-ticket', `${PUBLIC}/apiupload?UPLOAD_IDENTIFIER=nope`)

    const id = /file_id=(\w+)/.exec(sent)?.[1] ?? ''
    await ask('files.getInfo', { method: 'files.getInfo', ...session, file_id: id })
    await ask('files.getInfo-some', { method: 'files.getInfo', ...session, file_id: `${id}, zzzzzz,${PUBLIC}/file/yyyyyy` })
    await ask('files.getInfo-none', { method: 'files.getInfo', ...session, file_id: 'zzzzzz,yyyyyy' })
    await ask('download.getInfo', { method: 'download.getInfo', ...session, file_id: `http://www.sendspace.com/file/${id}`, password: 'pass' })
    await ask('download.getInfo-password', { method: 'download.getInfo', ...session, file_id: id })

    const anonymous = await ask('anonymous.uploadGetInfo', { method: 'anonymous.uploadGetInfo', ...key })
    const anonymousUrl = readTicket(anonymous).url
    await send('anonymous-upload', anonymousUrl)
    await send('anonymous-upload-several', anonymousUrl, {}, [{ name: 'a.txt', bytes: 'a' }, { name: 'b.txt', bytes: 'b' }])
    await send('anonymous-upload-no-file', anonymousUrl, { description: 'nothing' }, [])
    t.equal(attribute(anonymous, 'max_file_size'), '314572800')

    await ask('auth.logout', { method: 'auth.logout', ...session })
    await ask('auth.checkSession-ended', { method: 'auth.checkSession', ...session })
  })
}
