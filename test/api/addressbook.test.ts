import t from 'tap'
import { call, element, errorCode, openSession, type Params } from '../support/client.ts'
import { startServer } from '../support/server.ts'

t.test('contacts are added, listed, changed and removed', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const ask = (method: string, params: Params = {}) => call(server, `addressbook.${method}`, { session_key: key, ...params })
  t.match(await ask('list'), '<result method="addressbook.list" status="ok">\n</result>')
  t.match(await ask('add', { email: 'Bob@example.org', name: 'Bob & "B"', description: 'a friend' }),
    '\t<contact email="Bob@example.org" name="Bob &amp; &quot;B&quot;" description="a friend" type="0"/>\n')
  await ask('add', { email: 'amy@example.org', type: 1 })
  t.strictSame([...(await ask('list')).matchAll(/<contact email="([^"]+)"/g)].map(([, email]) => email), ['amy@example.org', 'Bob@example.org'])
  t.match(await ask('update', { email: 'BOB@EXAMPLE.ORG', description: '' }), 'email="Bob@example.org" name="Bob &amp; &quot;B&quot;" description="" type="0"')
  t.match(await ask('update', { email: 'bob@example.org', type: 1, name: 'R' }), 'name="R" description="" type="1"')
  t.match(await ask('update', { email: 'bob@example.org', type: '' }), 'type="0"', 'empty clears')
  const removed = await ask('delete', { email: 'bob@example.org, amy@example.org,nobody@example.org' })
  t.equal(element(removed, 'email'), 'bob@example.org,amy@example.org')
  t.match(removed, '\t<error code="29" text="Contact doesn\'t exist" id="nobody@example.org"/>\n')
})

t.test('blanks around an address do not count', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const ask = (method: string, params: Params = {}) => call(server, `addressbook.${method}`, { session_key: key, ...params })
  t.match(await ask('add', { email: '  bob@example.org\t', name: 'Bob' }), 'email="bob@example.org"')
  t.equal(errorCode(await ask('add', { email: ' BOB@example.org' })), 28)
  t.match(await ask('update', { email: ' bob@example.org ', name: 'B' }), 'email="bob@example.org" name="B"')
  t.equal(element(await ask('delete', { email: ' bob@example.org , ' }), 'email'), 'bob@example.org')
  t.equal(errorCode(await ask('update', { email: '   ' })), 29, 'blanks alone are nobody')
  t.equal(errorCode(await ask('add', { email: '   ' })), 24)
})

t.test('the address book refuses by code', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const code = async (method: string, params: Params) => errorCode(await call(server, `addressbook.${method}`, { session_key: key, ...params }))
  t.equal(await code('add', {}), 4)
  for (const email of ['nobody', 'a@b', 'a b@example.org', 'a@example.org,b@example.org', 'a@example.org\r\nBcc: x@example.org', '<a@example.org>']) {
    t.equal(await code('add', { email }), 24, email)
  }
  t.equal(await code('add', { email: 'a@example.org', type: 2 }), 21)
  t.equal(await code('add', { email: 'a@example.org' }), 0)
  t.equal(await code('add', { email: 'A@EXAMPLE.org' }), 28)
  t.equal(await code('update', { email: 'b@example.org', name: 'x' }), 29)
  t.equal(await code('delete', { email: 'b@example.org' }), 29)
  const other = await openSession(server, 'bobby')
  t.equal(errorCode(await call(server, 'addressbook.update', { session_key: other, email: 'a@example.org' })), 29, 'another user\'s contact')
})

t.test('the thousandth contact is taken, the next is 32, also when ten race', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  await server.app.ports.sql.run(`
    insert into contacts (user_id, email_key, email, name, description, type, created_at)
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 995)
    select 1, i || '@example.org', i || '@example.org', '', '', 0, 0 from n`)
  const codes = await Promise.all(Array.from({ length: 10 }, async (_, i) =>
    errorCode(await call(server, 'addressbook.add', { session_key: key, email: `new${i}@example.org` }))))
  t.strictSame(codes.sort((a, b) => a - b), [0, 0, 0, 0, 0, 32, 32, 32, 32, 32])
})
