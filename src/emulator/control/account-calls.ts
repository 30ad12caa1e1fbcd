/** Control calls of accounts and their sessions. */
import { PLAN_NAMES } from '../../domain/accounts/plan.ts'
import type { User } from '../../domain/accounts/user.ts'
import { API_VERSIONS } from '../../domain/version.ts'
import { nearest } from '../../settings/nearest.ts'
import { ageSession, findSession, listSessions } from '../../store/accounts/sessions.ts'
import { findUser, listUsers } from '../../store/accounts/users.ts'
import { ControlProblem } from '../control-problem.ts'
import type { EmulatedServer } from '../emulated-server.ts'
import { describeAccount, readAccountState, setAccount } from '../state/account-state.ts'
import { readSeedAccount } from '../state/seed.ts'
import { list, object, oneOf, orNull, text, time, truth, whole, wholeOrUnlimited } from './answer-shape.ts'
import { defineCall, type CallContext } from './control-call.ts'

const MAX_SHOWN = 1000

const MAY = oneOf(0, 1)
const LIMIT = object({ limit: wholeOrUnlimited, used: whole, left: wholeOrUnlimited }, 'Limit')

const ACCOUNT = object({
  user: text,
  fullName: text,
  email: text,
  membership: object({ type: oneOf(...PLAN_NAMES), ends: orNull(time, 'null: never') }),
  diskspace: LIMIT,
  bandwidth: LIMIT,
  maxSessions: wholeOrUnlimited,
  maxContacts: wholeOrUnlimited,
  capabilities: object({ upload: MAY, download: MAY, folders: MAY, files: MAY }),
  https: oneOf('allowed', 'forbidden'),
  disabled: truth
}, 'Account')

export const ACCOUNT_CALLS = [
  defineCall({
    name: 'listAccounts',
    verb: 'GET',
    path: '/accounts',
    about: 'Lists all accounts with their state.',
    answer: list(ACCOUNT),
    handle: async ({ server }) => Promise.all((await listUsers(server.ports.sql)).map(user => describeAccount(user, accountContext(server))))
  }),
  defineCall({
    name: 'addAccount',
    verb: 'POST',
    path: '/accounts',
    answer: ACCOUNT,
    about: 'Adds an account with its folders, files and contacts, as in a seed. A reset removes it.',
    body: {
      as: 'document',
      read: readSeedAccount,
      example: { user: 'carol', password: 'secret', membership: { type: 'Pro' }, files: [{ name: 'note.txt', content: 'hello' }] }
    },
    status: 201,
    async handle ({ body, server, ...context }) {
      await server.state.addAccount(body)
      return describeAccount(await requireUser(body.user, { server, ...context }), accountContext(server))
    }
  }),
  defineCall({
    name: 'getAccount',
    verb: 'GET',
    path: '/accounts/:user',
    about: 'Shows the state of an account.',
    answer: ACCOUNT,
    find: requireUser,
    failures: [404],
    handle: async ({ item, server }) => describeAccount(item, accountContext(server))
  }),
  defineCall({
    name: 'changeAccount',
    verb: 'PATCH',
    path: '/accounts/:user',
    about: 'Changes an account. Missing members stay unchanged; null restores the default of the plan.',
    find: requireUser,
    body: {
      read: readAccountState,
      example: { membership: { type: 'Pro', ends: '2025-12-31T00:00:00Z' }, diskspace: { limit: 0 }, bandwidth: { left: 0 }, maxSessions: 1, maxContacts: 0, capabilities: { upload: 0 }, https: 'forbidden', disabled: false }
    },
    answer: ACCOUNT,
    failures: [404],
    async handle ({ item, body, server, ...context }) {
      await setAccount(item, body, accountContext(server))
      return describeAccount(await requireUser(item.userName, { server, ...context }), accountContext(server))
    }
  })
]

export const SESSION_CALLS = [
  defineCall({
    name: 'expireSession',
    verb: 'POST',
    path: '/sessions/:key/expire',
    about: 'Makes a session expire as if it had been idle for too long.',
    answer: object({ state: oneOf('expired') }),
    failures: [404],
    async handle ({ item, server: { ports, policy } }) {
      if (await findSession(ports.sql, item) === undefined) throw new ControlProblem(404, 'there is no such session', 'give the session_key that auth.login answered')
      await ageSession(ports.sql, item, ports.clock.now() - policy.sessionIdle)
      return { state: 'expired' as const }
    }
  }),
  defineCall({
    name: 'listSessions',
    verb: 'GET',
    path: '/sessions',
    about: 'Lists sessions without their keys, the last used first, at most 1000.',
    answer: list(object({ user: text, version: oneOf(...API_VERSIONS), lastUsedAt: time, expired: truth }, 'Session')),
    handle: async ({ server: { ports, policy } }) => (await listSessions(ports.sql, MAX_SHOWN)).map(({ user, version, lastUsedAt }) =>
      ({ user, version, lastUsedAt: new Date(Math.min(lastUsedAt, ports.clock.now())).toISOString(), expired: lastUsedAt + policy.sessionIdle <= ports.clock.now() }))
  })
]

const accountContext = ({ ports, policy }: EmulatedServer) => ({ sql: ports.sql, clock: ports.clock, policy })

/** Throws ControlProblem for a name that does not exist. */
export async function requireUser (name: string, { server: { ports } }: CallContext): Promise<User> {
  const user = await findUser(ports.sql, name)
  if (user !== undefined) return user
  const names = (await listUsers(ports.sql)).map(({ userName }) => userName)
  const meant = nearest(name, names)
  throw new ControlProblem(404, `there is no account "${name}"`, meant === undefined ? `there is ${names.join(', ') || 'none'}` : `did you mean ${meant}?`)
}
