import { randomBytes } from 'node:crypto'
import t from 'tap'
import { provesPassword, sealUserPassword } from '../../src/domain/accounts/credentials.ts'
import { createVault, type Vault } from '../../src/domain/vault.ts'
import { API_KEY, attribute, call, element, errorCode, logIn, md5, newToken, openSession, register } from '../support/client.ts'
import { START, startServer } from '../support/server.ts'

const HALF_HOUR = 30 * 60 * 1000

t.test('an account is opened, logged in to, and the session ends with its logout', async t => {
  const server = await startServer(t)
  await register(server)
  const xml = await logIn(server)
  t.equal(errorCode(xml), 0)
  const key = element(xml, 'session_key')
  t.match(key, /^[a-z0-9]{32}$/)
  t.equal(element(await call(server, 'auth.checkSession', { session_key: key }), 'session'), 'ok')
  t.equal(element(await call(server, 'auth.logout', { session_key: key }), 'status'), 'ok')
  t.equal(errorCode(await call(server, 'auth.checkSession', { session_key: key })), 6)
  t.equal(errorCode(await call(server, 'auth.logout', { session_key: key })), 6)
})

t.test('registration names the broken rule', async t => {
  const server = await startServer(t)
  const good = { api_key: API_KEY, user_name: 'alice', full_name: 'Alice A', email: 'alice@example.org', password: 'secret' }
  const rejected: Array<[Record<string, string>, RegExp]> = [
    [{ user_name: 'ab' }, /user name/], [{ user_name: 'a'.repeat(21) }, /user name/], [{ user_name: 'al ice' }, /user name/],
    [{ full_name: 'Al' }, /full name/], [{ full_name: 'A'.repeat(21) }, /full name/], [{ full_name: 'Alice 2' }, /full name/],
    [{ email: 'alice' }, /e-mail/], [{ email: 'a@b' }, /e-mail/],
    [{ password: 'abc' }, /password/], [{ password: 'a'.repeat(21) }, /password/]
  ]
  for (const [change, reason] of rejected) {
    const xml = await call(server, 'auth.register', { ...good, ...change })
    t.equal(errorCode(xml), 27, JSON.stringify(change))
    t.match(attribute(xml, 'text'), reason)
  }
  t.equal(errorCode(await call(server, 'auth.register', { ...good, user_name: 'abc', full_name: 'Abc', password: 'abcd' })), 0, 'the shortest')
  const longest = { user_name: 'a'.repeat(20), full_name: 'A'.repeat(20), password: 'a'.repeat(20), email: 'longest@example.org' }
  t.equal(errorCode(await call(server, 'auth.register', { ...good, ...longest })), 0, 'the longest')
  t.match(attribute(await call(server, 'auth.register', { ...good, user_name: 'ABC' }), 'text'), /taken/, 'names are unique without case')
  t.match(attribute(await call(server, 'auth.register', { ...good, email: 'ALICE@example.org' }), 'text'), /in use/)
  t.equal(errorCode(await call(server, 'auth.register', { ...good, user_name: '' })), 4)
  const modern = { ...good, api_version: '1.1', user_name: '', email: 'long@example.org', full_name: 'A'.repeat(100) }
  t.match(attribute(await call(server, 'auth.register', { ...modern, full_name: 'A'.repeat(101) }), 'text'), /full name/)
  t.equal(errorCode(await call(server, 'auth.register', modern)), 0, 'from 1.1 on the e-mail is the user name')
  t.equal(errorCode(await logIn(server, 'long@example.org', 'secret')), 0)
})

t.test('lengths count characters, a name has letters of any script, an address no blanks around it', async t => {
  const server = await startServer(t)
  let count = 0
  const code = async (change: Record<string, string>) => {
    count++
    return errorCode(await call(server, 'auth.register', { api_key: API_KEY, user_name: `user${count}`, full_name: 'Alice A', email: `user${count}@example.org`, password: 'secret', ...change }))
  }
  // Letters beyond the first 65,536 are two units each.
  const old = '\u{10400}'
  t.strictSame([await code({ full_name: old.repeat(2) }), await code({ full_name: old.repeat(3) }), await code({ full_name: old.repeat(20) }), await code({ full_name: old.repeat(21) })], [27, 0, 0, 27])
  t.strictSame([await code({ full_name: old.repeat(100), api_version: '1.1' }), await code({ full_name: old.repeat(101), api_version: '1.1' })], [0, 27])
  t.strictSame([await code({ password: old.repeat(3) }), await code({ password: old.repeat(4) }), await code({ password: old.repeat(20) }), await code({ password: old.repeat(21) })], [27, 0, 0, 27])
  for (const fullName of ['王小明', 'राम कुमार', 'Zoë', 'Zoe\u0308', 'مريم']) t.equal(await code({ full_name: fullName }), 0, fullName)
  for (const fullName of ['   ', '\u0301\u0301\u0301', 'R2D', 'A-B', 'A\tB']) t.equal(await code({ full_name: fullName }), 27, JSON.stringify(fullName))
  t.equal(await code({ email: '  blank@example.org ' }), 0)
  t.match(await server.app.ports.sql.get("select email from users where email_key = 'blank@example.org'"), { email: 'blank@example.org' })
})

t.test('registration can be closed', async t => {
  const server = await startServer(t, { settings: { registration: 'closed' } })
  const good = { api_key: API_KEY, user_name: 'alice', full_name: 'Alice A', email: 'alice@example.org', password: 'secret' }
  t.equal(errorCode(await call(server, 'auth.register', good)), 11)
})

t.test('who registers without a password is mailed one', async t => {
  const server = await startServer(t)
  const params = { api_key: API_KEY, user_name: 'alice', full_name: 'Alice A', email: 'alice@example.org' }
  t.equal(errorCode(await call(server, 'auth.register', params)), 0)
  const [row] = await server.app.ports.sql.all('select recipient, sealed_text from mails')
  t.equal(row?.recipient, 'alice@example.org')
  const mail = server.app.ports.vault.open(String(row?.sealed_text), 'mail')
  const password = /Password: (\S+)/.exec(mail)?.[1] ?? ''
  t.equal(errorCode(await logIn(server, 'alice', password)), 0)
})

t.test('a login is refused alike for an unknown user and a wrong password', async t => {
  const server = await startServer(t)
  await register(server)
  const wrong = await logIn(server, 'alice', 'wrong')
  const unknown = await logIn(server, 'nobody', 'secret1')
  t.equal(errorCode(wrong), 8)
  t.equal(unknown, wrong)
  t.equal(errorCode(await logIn(server, 'ALICE@example.org')), 0, 'the e-mail is a user name too, in any case')
  const token = await newToken(server)
  const tokened = md5(token + md5('secret1')).toUpperCase()
  for (const use of [1, 2]) {
    t.equal(errorCode(await call(server, 'auth.login', { token, user_name: 'alice', tokened_password: tokened })), 0, `use ${use}`)
  }
  t.equal(errorCode(await call(server, 'auth.login', { token: 'x'.repeat(32), user_name: 'alice', tokened_password: tokened })), 6)
  server.clock.time += 30 * 24 * 60 * 60 * 1000
  t.equal(errorCode(await call(server, 'auth.login', { token, user_name: 'alice', tokened_password: tokened })), 6, 'tokens live 30 days')
})

t.test('an unknown user costs the same work as a wrong password: the time of a login tells no names', async t => {
  const real = createVault(randomBytes(32), () => randomBytes(12))
  let opened: string[] = []
  const vault: Vault = {
    ...real,
    open (sealed, purpose) {
      opened.push(`${purpose} ${sealed.length}`)
      return real.open(sealed, purpose)
    }
  }
  const work = (sealed: string | undefined) => {
    opened = []
    t.equal(provesPassword(vault, sealed, 'token', 'f'.repeat(32)), false)
    return opened
  }
  const sealed = sealUserPassword(vault, 'secret1')
  t.strictSame(work(undefined), work(sealed))
  t.equal(opened.length, 1)
  t.equal(provesPassword(vault, sealed, 'token', md5('token' + md5('secret1'))), true)
  t.equal(provesPassword(vault, undefined, 'token', md5('token' + md5(''))), false, 'what stands for the unknown user opens nothing')
})

t.test('a session idles out 30 minutes after its last use', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  server.clock.time += HALF_HOUR - 1
  t.equal(element(await call(server, 'auth.checkSession', { session_key: key }), 'session'), 'ok')
  server.clock.time += HALF_HOUR - 1
  t.equal(errorCode(await call(server, 'upload.getInfo', { session_key: key })), 0, 'its use has renewed it')
  server.clock.time += HALF_HOUR
  t.equal(errorCode(await call(server, 'upload.getInfo', { session_key: key })), 6)
  t.equal(element(await call(server, 'auth.checkSession', { session_key: key }), 'session'), 'expired')
  const token = await newToken(server)
  t.equal(errorCode(await call(server, 'auth.checkSession', { session_key: token })), 7, 'a bare token')
  t.equal(errorCode(await call(server, 'auth.checkSession', {})), 3)
  t.equal(errorCode(await call(server, 'auth.checkSession', { session_key: 'x' })), 6)
})

t.test('a session never ends before its idle time is over, however late its uses are written', async t => {
  for (const [sessionIdle, idle] of [['30 minutes', HALF_HOUR], ['30 s', 30_000], ['1 s', 1000]] as const) {
    const server = await startServer(t, { settings: { sessionIdle } })
    const code = async (key: string) => errorCode(await call(server, 'folders.getAll', { session_key: key }))
    const interval = Math.floor(idle / 30)
    for (const steps of [[1], [interval - 1], [interval], [interval + 1], [1, 1, 1], [interval, interval - 1], [interval - 1, interval - 1, interval - 1]]) {
      const key = await openSession(server)
      for (const step of steps) {
        server.clock.time += step
        t.equal(await code(key), 0)
      }
      const lastUse = server.clock.time
      server.clock.time = lastUse + idle - 1
      t.equal(element(await call(server, 'auth.checkSession', { session_key: key }), 'session'), 'ok', `${sessionIdle}: ${steps.join(', ')}`)
      server.clock.time += idle + interval
      t.equal(await code(key), 6, 'and ends soon after')
    }
  }
})

t.test('a busy session is written once in a thirtieth of its idle time', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const written = new Set<unknown>()
  for (let second = 0; second < 600; second++) {
    server.clock.time += 1000
    await call(server, 'folders.getAll', { session_key: key })
    written.add((await server.app.ports.sql.get('select last_used_at from sessions where session_key = $key', { key }))?.last_used_at)
  }
  t.ok(written.size <= 11, `${written.size} writes in ten minutes`)
})

t.test('the hundredth session opens, the next is refused until one has idled out', async t => {
  const server = await startServer(t)
  await register(server)
  for (let i = 1; i < 100; i++) await logIn(server)
  t.equal(errorCode(await logIn(server)), 0, 'session 100')
  t.equal(errorCode(await logIn(server)), 30, 'session 101')
  server.clock.time += HALF_HOUR
  t.equal(errorCode(await logIn(server)), 0)
})

t.test('sessions and tokens survive a restart', async t => {
  const first = await startServer(t)
  const key = await openSession(first)
  const token = await newToken(first)
  await first.close()
  const server = await startServer(t, { storage: first.storage })
  t.equal(element(await call(server, 'auth.checkSession', { session_key: key }), 'session'), 'ok')
  t.equal(errorCode(await call(server, 'auth.login', { token, user_name: 'alice', tokened_password: md5(token + md5('secret1')) })), 0)
})

t.test('login tells the account in the words of its version', async t => {
  const server = await startServer(t)
  await register(server)
  const names = async (version: string) => [...(await logIn(server, 'alice', 'secret1', version)).matchAll(/^\t<(\w+)>/gm)].map(([, name]) => name)
  t.strictSame(await names('1.0'), ['session_key', 'email', 'membership_type', 'membership_ends', 'capable_upload',
    'capable_download', 'capable_folders', 'capable_files', 'bandwidth_left', 'diskspace_left'])
  t.strictSame(await names('1'), await names('1.0'))
  const modern = ['session_key', 'user_name', 'email', 'membership_type', 'membership_ends', 'subscribed', 'capable_upload',
    'capable_download', 'capable_folders', 'capable_files', 'bandwidth_left', 'diskspace_left', 'diskspace_used', 'points']
  t.strictSame(await names('1.1'), modern)
  t.strictSame(await names('1.2'), modern)
  const ends = async (version: string) => element(await logIn(server, 'alice', 'secret1', version), 'membership_ends')
  t.equal(await ends('1.0'), '2147483647')
  t.equal(await ends('1.2'), '-1')
  await server.app.ports.sql.run('update users set plan_ends_at = $end', { end: START + 5000 })
  t.equal(await ends('1.0'), String(START / 1000 + 5))
  server.clock.time += 5000
  t.equal(await ends('1.2'), '0')
  t.equal(errorCode(await call(server, 'upload.getInfo', { session_key: element(await logIn(server), 'session_key') })), 19)
})
