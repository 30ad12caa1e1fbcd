/** Calls, logins, names and URLs: for each rule a client that breaks it, and a correct one. */
import { createHash } from 'node:crypto'
import { API_KEY, call, md5, newToken, progressOf } from '../support/client.ts'
import { sessionOf } from '../support/emulator.ts'
import { type Case, TOKEN, badLogin, failing, folderNamed, goodLogin, goodUpload, linkOf, login, newTicket, raw, rest, rightProof, send } from './judge-client.ts'
const WRONG_PROOFS: ReadonlyArray<readonly [string, (token: string) => string]> = [
  ['the order', token => md5(md5('demo') + token)],
  ['the order, without the inner sum', token => md5('demo' + token)],
  ['capitals', token => md5(token + md5('demo').toUpperCase())],
  ['no inner sum', token => md5(token + 'demo')],
  ['raw bytes', token => createHash('md5').update(token).update(createHash('md5').update('demo').digest()).digest('hex')],
  ['a token that is not trimmed', token => md5(`${token}\n${md5('demo')}`)],
  ['UTF-16', token => md5(token + createHash('md5').update(Buffer.from('demo', 'utf16le')).digest('hex'))],
  ['no token', () => md5(md5('demo'))]
]

export const CALL_CASES: readonly Case[] = [
  { rule: 'client.call/unknown-method', wrong: async server => call(server, 'files.getinfos'), right: async server => raw(server, TOKEN) },
  { rule: 'client.call/unknown-method', title: 'none', wrong: async server => raw(server, `api_key=${API_KEY}`), right: async server => raw(server, TOKEN) },
  { rule: 'client.call/unknown-parameter', wrong: async server => raw(server, `${TOKEN}&app_verson=1`), right: async server => raw(server, `${TOKEN}&app_version=1`) },
  { rule: 'client.call/ignored-parameter', wrong: async server => raw(server, `${TOKEN}&file_id=abcdef`), right: async server => raw(server, TOKEN) },
  { rule: 'client.call/missing-parameter', wrong: async server => raw(server, 'method=auth.createToken'), right: async server => raw(server, TOKEN) },
  {
    rule: 'client.call/missing-parameter',
    title: 'the session, and by a fault',
    wrong: async server => raw(server, 'method=folders.getAll'),
    async right (server) {
      await failing(server, 'auth.createToken', { error: 4 })
      return raw(server, TOKEN)
    }
  },
  {
    rule: 'client.call/bad-value',
    wrong: async server => call(server, 'folders.getInfo', { session_key: await sessionOf(server), folder_id: '?' }),
    right: async server => call(server, 'folders.getInfo', { session_key: await sessionOf(server), folder_id: '0' })
  },
  { rule: 'client.call/encoded-twice', wrong: async server => call(server, 'folders.create', { session_key: await sessionOf(server), name: 'My%20Folder' }), right: async server => call(server, 'folders.create', { session_key: await sessionOf(server), name: '100% My Folder' }) },
  { rule: 'client.call/not-encoded', wrong: async server => raw(server, `method=folders.create&session_key=${await sessionOf(server)}&name=Tom&Jerry`), right: async server => raw(server, `method=folders.create&session_key=${await sessionOf(server)}&name=Tom%26Jerry`) },
  { rule: 'client.call/not-encoded', title: 'bytes that are no UTF-8', wrong: async server => raw(server, `method=folders.create&session_key=${await sessionOf(server)}&name=caf\u00e9`), right: async server => raw(server, `method=folders.create&session_key=${await sessionOf(server)}&name=caf%C3%A9+two%20(x)`) },
  { rule: 'client.call/not-encoded', title: 'a plus in an address', wrong: async server => raw(server, `method=addressbook.add&session_key=${await sessionOf(server)}&email=me+you@example.org`), right: async server => raw(server, `method=addressbook.add&session_key=${await sessionOf(server)}&email=me%2Byou@example.org`) },
  { rule: 'client.call/not-encoded', title: 'a % and a quote', wrong: async server => raw(server, `${TOKEN}&app_version=5%`), right: async server => raw(server, `${TOKEN}&app_version=5%25%22`) },
  {
    rule: 'client.call/not-encoded',
    title: 'a plus in a name that was answered',
    wrong: async server => folderNamed('C++', 'x')(server).then(async () => raw(server, `method=folders.create&session_key=${await sessionOf(server)}&name=C++`)),
    right: async server => raw(server, `method=folders.create&session_key=${await sessionOf(server)}&name=My+Folder`)
  },
  { rule: 'client.call/not-encoded', title: 'in a body', wrong: async server => rest(server, `method=folders.create&session_key=${await sessionOf(server)}&name=Tom&Jerry`), right: async server => rest(server, new URLSearchParams({ method: 'folders.create', session_key: await sessionOf(server), name: 'Tom & Jerry + me' })) },
  { rule: 'client.call/sent-twice', wrong: async server => raw(server, `${TOKEN}&api_version=1.1`), right: async server => raw(server, `${TOKEN}&api_version=1.0`) },
  { rule: 'client.call/two-places', wrong: async server => rest(server, TOKEN, '?method=auth.createToken'), right: async server => rest(server, TOKEN, '?app_version=1') },
  { rule: 'client.call/long-query', wrong: async server => raw(server, `${TOKEN}&app_version=${'1'.repeat(8200)}`), right: async server => rest(server, `${TOKEN}&app_version=${'1'.repeat(8200)}`) },
  { rule: 'client.call/secret-in-referer', wrong: async server => raw(server, TOKEN, { referer: 'http://x/rest/?method=a&session_key=abc' }), right: async server => raw(server, TOKEN, { referer: 'http://x/rest/?method=a' }) },
  { rule: 'client.call/response-format', wrong: async server => raw(server, `${TOKEN}&response_format=json`), right: async server => raw(server, `${TOKEN}&response_format=xml`) },
  { rule: 'client.call/version-mixed', wrong: async server => raw(server, `method=folders.getAll&session_key=${await sessionOf(server)}&api_version=1.2`), right: async server => raw(server, `method=folders.getAll&session_key=${await sessionOf(server)}&api_version=1`) },
  { rule: 'client.call/over-64k', wrong: async server => rest(server, `${TOKEN}&app_version=${'1'.repeat(70_000)}`), right: async server => rest(server, `${TOKEN}&app_version=${'1'.repeat(60_000)}`) },
  { rule: 'client.auth/upper-case-md5', wrong: badLogin(token => rightProof(token).toUpperCase()), right: goodLogin },
  ...WRONG_PROOFS.map(([title, proofOf]): Case => ({ rule: 'client.auth/wrong-formula', title, wrong: badLogin(proofOf), right: badLogin(token => md5(token + md5('another'))) })),
  {
    rule: 'client.auth/token-per-call',
    async wrong (server) {
      for (let i = 0; i < 2; i++) await newToken(server)
      return goodLogin(server)
    },
    async right (server) {
      const token = await newToken(server)
      for (let i = 0; i < 2; i++) await call(server, 'auth.login', { token, user_name: 'demo', tokened_password: rightProof(token) })
    }
  },
  {
    rule: 'client.auth/login-per-call',
    async wrong (server) {
      for (let i = 0; i < 5; i++) await call(server, 'folders.getAll', { session_key: await sessionOf(server) })
    },
    async right (server) {
      for (let i = 0; i < 5; i++) {
        const key = await sessionOf(server)
        await call(server, 'folders.getAll', { session_key: key })
        await call(server, 'auth.logout', { session_key: key })
      }
    }
  },
  { rule: 'client.auth/no-logout', wrong: goodLogin, right: async server => call(server, 'auth.logout', { session_key: await sessionOf(server) }) },
  {
    rule: 'client.auth/dead-session',
    async wrong (server) {
      for (let i = 0; i < 2; i++) await call(server, 'folders.getAll', { session_key: 'a'.repeat(32), again: i })
    },
    async right (server) {
      await call(server, 'folders.getAll', { session_key: 'a'.repeat(32) })
      await call(server, 'auth.logout', { session_key: 'a'.repeat(32) })
      return call(server, 'folders.getAll', { session_key: await sessionOf(server) })
    }
  },
  { rule: 'client.auth/password-sent', wrong: async server => login(server, rightProof, { password: 'demo' }), right: goodLogin },
  { rule: 'client.auth/password-sent', title: 'as its sum', wrong: async server => login(server, rightProof, { app_version: md5('demo') }), right: async server => call(server, 'folders.create', { session_key: await sessionOf(server), name: 'demo' }) },
  { rule: 'client.xml/unescaped', wrong: async server => newTicket(server).then(async ticket => send({ ...ticket, url: ticket.url.replaceAll('&', '&amp;') })), right: goodUpload },
  { rule: 'client.xml/unescaped', title: 'in the progress_url', wrong: async server => newTicket(server).then(async ticket => fetch(ticket.progressUrl.replace('?', '?a=1&amp;'))), right: async server => newTicket(server).then(progressOf) },
  { rule: 'client.xml/name-mangled', wrong: folderNamed('Tom & Jerry', 'Tom &amp; Jerry'), right: folderNamed('Tom & Jerry', 'Tom & Jerry') },
  { rule: 'client.xml/name-mangled', title: 'UTF-8', wrong: folderNamed('café', Buffer.from('café').toString('latin1')), right: folderNamed('café', 'coffee') },
  { rule: 'client.xml/name-mangled', title: 'a quote', wrong: folderNamed('5" <x>', '5&quot; &lt;x&gt;'), right: folderNamed('5" <x>', '5" <x>') },
  { rule: 'client.xml/url-changed', wrong: async server => newTicket(server).then(async ticket => send({ ...ticket, url: `${ticket.url}&folder_id=0` })), right: goodUpload },
  {
    rule: 'client.xml/url-changed',
    title: 'of a download',
    wrong: async server => linkOf(server, await sessionOf(server)).then(async url => fetch(url.replace('hello.txt', 'other.txt'))),
    right: async server => linkOf(server, await sessionOf(server)).then(async url => fetch(url))
  },
  { rule: 'client.xml/url-changed', title: 'of the progress', wrong: async server => newTicket(server).then(async ticket => fetch(`${ticket.progressUrl}&now=1`)), right: async server => newTicket(server).then(progressOf) }
]
