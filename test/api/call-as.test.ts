/** Pages call the methods that programs call, but only those that need no more than a page has. */
import t from 'tap'
import { policyOf } from '../../src/app/parts.ts'
import { callAs, type CallSite } from '../../src/api/call-as.ts'
import { uploadGetInfo } from '../../src/api/methods/anonymous.ts'
import { checkSession, createToken, login, logout } from '../../src/api/methods/auth.ts'
import { getInfo } from '../../src/api/methods/upload.ts'
import { loadConfig } from '../../src/config.ts'
import type { User } from '../../src/domain/accounts/user.ts'
import { findUser } from '../../src/store/accounts/users.ts'
import { register } from '../support/client.ts'
import { startServer } from '../support/server.ts'

t.test('a page calls a method for a user, or for nobody', async t => {
  const server = await startServer(t)
  const { ports } = server.app
  const transport = { publicUrl: server.url, trustedUrl: server.url, ownUrls: [server.url], isHttps: false }
  const site: CallSite = { ports, policy: policyOf(await loadConfig({}, {})), transport }
  t.match((await callAs(uploadGetInfo, undefined, {}, site)).upload.url, server.url)
  await register(server, 'alice', 'secret')
  const alice = await findUser(ports.sql, 'alice')
  if (alice === undefined) throw new Error('there is no alice')
  t.match((await callAs(getInfo, alice, {}, site)).upload.url, server.url)
})

/** Never called: the compiler refuses each of these. */
export const REFUSED = (user: User, site: CallSite) => [
  // @ts-expect-error it needs a token
  callAs(login, undefined, {}, site),
  // @ts-expect-error it needs a session of the API that may have idled out
  callAs(checkSession, user, {}, site),
  // @ts-expect-error it ends the session of the API with which it is called
  callAs(logout, user, {}, site),
  // @ts-expect-error it keeps the key of the program
  callAs(createToken, undefined, {}, site),
  // @ts-expect-error it is for a user
  callAs(getInfo, undefined, {}, site)
]
