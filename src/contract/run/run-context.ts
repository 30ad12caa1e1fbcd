/** What the scenarios of a run share: the wire, sessions, the ledger, and secrets that no report may show. */
import { createHash, randomBytes } from 'node:crypto'
import type { Contract } from '../../api/contract-format.ts'
import type { Source } from '../../api/provenance.ts'
import type { ApiVersion } from '../../domain/version.ts'
import { Untested } from '../check-problems.ts'
import type { Exchange, Header, Outgoing, Wire } from '../client/exchange.ts'
import type { Ledger } from './ledger.ts'
import { createOddAnswers, type OddAnswers } from '../client/odd-answers.ts'
import { readReply, summaryOf, type Reply } from '../client/reply.ts'
import type { Account, Target } from '../target/target-file.ts'
import { childOf } from '../client/xml.ts'

export type Params = Readonly<Record<string, string | undefined>>

export interface RunContext {
  readonly target: Target
  readonly contract: Contract
  /** The sources of statements that the profile judges. */
  readonly sources: ReadonlySet<Source>
  readonly ledger: Ledger
  /** A word unique to this run, for the names of things it creates. */
  readonly run: string
  /** Each secret with its placeholder in reports. */
  readonly secrets: Map<string, string>
  /** Malformed answers to calls, for clients with an XML parser and for those that read line by line. */
  readonly oddAnswers: OddAnswers
  send (outgoing: Outgoing, check: string): Promise<Exchange>
  call (method: string, params: Params, check: string, headers?: readonly Header[]): Promise<Reply>
  /** A session that the checks of a version share. */
  session (account: Account, version: ApiVersion): Promise<string>
  newToken (version: ApiVersion): Promise<string>
  logIn (account: Account, version: ApiVersion): Promise<string>
  /** The keys of all sessions that this run opened for the account. */
  keysOf (account: Account): readonly string[]
  /** Registers a new account. */
  register (): Promise<Account>
  /** A new recipient of mails at each call. Throws Untested when there is none. */
  recipient (): string
}

export const md5 = (text: string): string => createHash('md5').update(text).digest('hex')

/** As in the guide: lower(md5(token + lower(md5(password)))). */
export const tokenedPassword = (token: string, password: string): string => md5(token + md5(password))

export function createRunContext (target: Target, contract: Contract, sources: ReadonlySet<Source>, wire: Wire, ledger: Ledger): RunContext {
  const secrets = new Map<string, string>()
  const sessions = new Map<string, Promise<string>>()
  const keys = new Map<string, string[]>()
  const run = randomBytes(4).toString('hex')
  let made = 0
  const oddAnswers = createOddAnswers()
  for (const { password } of Object.values(target.accounts)) secrets.set(password, '‹password›')

  const send: RunContext['send'] = (outgoing, check) => wire.send(outgoing, check)

  async function call (method: string, params: Params, check: string, headers: readonly Header[] = []): Promise<Reply> {
    const query = new URLSearchParams({ method })
    for (const [name, value] of Object.entries(params)) if (value !== undefined) query.append(name, value)
    const reply = readReply(await send({ url: `${target.rest}?${query}`, headers }, check))
    oddAnswers.look(reply)
    if (reply.code === 0) await noteMade(method, params, reply)
    return reply
  }

  /** Everything a call creates goes into the ledger, also when the call should have failed. */
  async function noteMade (method: string, { session_key: key, email, emails }: Params, { result }: Reply): Promise<void> {
    if (key === undefined) return
    const name = method.toLowerCase()
    const folder = childOf(result, 'folder')?.attributes.id
    if (name === 'folders.create' && folder !== undefined) await ledger.note({ kind: 'folder', id: folder, key })
    // Recipients of a mail become contacts. An address that this run did not invent may have been a contact before.
    const contacts = name === 'addressbook.add' ? email : /^(?:files|folders)\.sendmail$/.test(name) ? emails : undefined
    for (const contact of contacts?.split(',') ?? []) if (contact.includes(run)) await ledger.note({ kind: 'contact', email: contact.trim(), key })
  }

  async function newToken (version: ApiVersion): Promise<string> {
    const token = textOf(requireOk('auth.createToken', await call('auth.createToken', { api_key: target.apiKey, api_version: version }, 'setup')), 'token')
    secrets.set(token, '‹token›')
    return token
  }

  async function logIn ({ user, password }: Account, version: ApiVersion): Promise<string> {
    const token = await newToken(version)
    const reply = requireOk('auth.login', await call('auth.login', { token, user_name: user, tokened_password: tokenedPassword(token, password) }, 'setup'))
    const key = textOf(reply, 'session_key')
    secrets.set(key, '‹session key›')
    keys.set(user, [...keys.get(user) ?? [], key])
    await ledger.note({ kind: 'session', key })
    return key
  }

  async function register (): Promise<Account> {
    if (!target.features.register) throw new Untested('the target file does not allow new accounts (register: yes)')
    const account = { user: `c${run}${(made++).toString(36)}`, password: randomBytes(8).toString('hex') }
    secrets.set(account.password, '‹password›')
    requireOk('auth.register', await call('auth.register', {
      api_key: target.apiKey, user_name: account.user, full_name: 'Contract Check', email: `${account.user}@example.org`, password: account.password
    }, 'setup'))
    return account
  }

  function recipient (): string {
    if (target.mailTo === undefined) throw new Untested('the target file has no recipient for mails (mailTo)')
    return target.mailTo.replaceAll('{n}', `${run}${(made++).toString(36)}`)
  }

  return {
    target,
    contract,
    sources,
    ledger,
    run,
    secrets,
    oddAnswers,
    send,
    call,
    newToken,
    logIn,
    keysOf: ({ user }) => keys.get(user) ?? [],
    register,
    recipient,
    session (account, version) {
      const name = `${version} ${account.user}`
      const known = sessions.get(name)
      if (known !== undefined) return known
      const opened = logIn(account, version)
      sessions.set(name, opened)
      return opened
    }
  }
}

/** The reply to a call that a check depends on; throws Untested when it failed. */
export function requireOk (method: string, reply: Reply): Reply {
  if (reply.code !== 0) throw new Untested(`${method} is needed first, and answered ${summaryOf(reply)}`, [reply.exchange])
  return reply
}

/** The text of a child of the result; throws Untested when it is missing. */
export function textOf ({ result, exchange }: Reply, name: string): string {
  const text = childOf(result, name)?.text
  if (text === undefined || text === '') throw new Untested(`<${name}> is needed first, and is missing`, [exchange])
  return text
}

/** The value of an attribute of the first child with this name; throws Untested when it is missing. */
export function attributeOf ({ result, exchange }: Reply, element: string, name: string): string {
  const value = childOf(result, element)?.attributes[name]
  if (value === undefined) throw new Untested(`<${element} ${name}> is needed first, and is missing`, [exchange])
  return value
}
