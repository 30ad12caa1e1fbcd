/** client.auth: tokens, logins, sessions and passwords. */
import { createHash } from 'node:crypto'
import { parametersOf } from '../../api/describe.ts'
import { METHODS } from '../../api/registry.ts'
import { UPLOAD_FIELDS } from '../../api/upload-documents.ts'
import { createNewestMap } from '../../domain/newest-map.ts'
import { elementOf } from './answer-text.ts'
import { findLoginMistake } from './login-mistakes.ts'
import { cameAfter, type Seen, type Tell, type Watcher, type WatcherOptions } from './seen.ts'

const MAX_SESSIONS = 2000
/** This many logins of one user are no accident. */
const MANY_LOGINS = 5
/** Up to this many calls for each login are few. */
const FEW_CALLS = 3

interface Session {
  readonly user: string
  readonly version: string
  readonly login: Seen
  isOpen: boolean
  /** When the server first answered 6, by the real clock. */
  diedAt: { readonly endedAt: number } | undefined
}

/** Methods that may be called with a session that has ended. */
const ON_DEAD_SESSIONS = new Set(['auth.checkSession', 'auth.logout'])

export function watchLogins ({ tell, mask, passwordOf }: WatcherOptions): Watcher {
  const tokens = createNewestMap<string>(MAX_SESSIONS)
  const sessions = createNewestMap<Session>(MAX_SESSIONS)
  const dead = createNewestMap<{ readonly endedAt: number }>(MAX_SESSIONS)
  const passwords = createNewestMap<string>(MAX_SESSIONS)
  const counts = { tokens: 0, logins: 0, last: undefined as Seen | undefined }
  const users = createNewestMap<{ logins: number, logouts: number, calls: number, last: Seen }>(MAX_SESSIONS)

  function see (seen: Seen): void {
    const { entry: { method, phase }, params, text, isOk } = seen
    seePasswords(seen)
    if (phase !== 'api') return
    if (method === 'auth.createToken' && isOk) {
      tokens.set(elementOf(text, 'token') ?? '', params.get('api_version') ?? '')
      counts.tokens++
      counts.last = seen
    } else if (method === 'auth.login') {
      seeLogin(seen)
    } else if (method === 'auth.register' && isOk) {
      passwords.set((params.get('user_name') ?? '').toLowerCase(), params.get('password') ?? '')
    }
    seeSession(seen)
    seeVersion(seen)
  }

  function seeLogin (seen: Seen): void {
    const { entry: { code, fault, user }, params, text, isOk } = seen
    counts.logins++
    if (code === 8 && fault === null) seeWrongPassword(seen)
    if (!isOk) return
    const name = user ?? params.get('user_name') ?? ''
    const version = tokens.get(params.get('token') ?? '') ?? ''
    sessions.set(elementOf(text, 'session_key') ?? '', { user: name, version, login: seen, isOpen: true, diedAt: undefined })
    const known = users.get(name)
    users.set(name, { logins: (known?.logins ?? 0) + 1, logouts: known?.logouts ?? 0, calls: known?.calls ?? 0, last: seen })
  }

  function seeWrongPassword (seen: Seen): void {
    const { params, entry: { user } } = seen
    const password = passwordFor(user ?? params.get('user_name') ?? '')
    const mistake = password === undefined ? undefined : findLoginMistake(params.get('tokened_password') ?? '', params.get('token') ?? '', password)
    if (mistake !== undefined) tell('client.auth/wrong-formula', seen, `the password of ${user} is right, and ${mistake}`)
  }

  const passwordFor = (user: string): string | undefined => passwords.get(user.toLowerCase()) ?? passwordOf(user)

  /** Detects the password of a user, or its plain MD5 sum, where neither belongs. */
  function seePasswords (seen: Seen): void {
    const { entry: { user, method, phase }, evidence: { sent } } = seen
    if (phase !== 'api' && phase !== 'upload' && phase !== 'progress') return
    const password = user === null ? undefined : passwordFor(user)
    if (password === undefined || password === '') return
    const declared = METHODS.find(({ name }) => name === method)
    const takes = (name: string): boolean => phase === 'upload' ? UPLOAD_NAMES.has(name) : declared !== undefined && Object.hasOwn(parametersOf(declared), name)
    for (const { name, value } of sent) {
      if (name === 'tokened_password') continue
      if (value.toLowerCase() === md5(password)) tell('client.auth/password-sent', seen, `${name.slice(0, 60)} is the MD5 sum of the password of ${user}`)
      else if (value === password && !takes(name)) tell('client.auth/password-sent', seen, `${name.slice(0, 60)} is the password of ${user}`)
    }
  }

  function seeSession (seen: Seen): void {
    const { entry: { method, code, user }, evidence, params, isOk } = seen
    const key = params.get('session_key') ?? ''
    if (key === '') return
    const diedAt = dead.get(key)
    if (diedAt !== undefined && cameAfter(seen, diedAt) && !ON_DEAD_SESSIONS.has(method ?? '')) tell('client.auth/dead-session', seen, `${method ?? 'a call'} used ${mask.hash(key)} again, which had been answered 6`)
    if (code === 6 && diedAt === undefined) dead.set(key, { endedAt: evidence.endedAt })
    const session = sessions.get(key)
    if (session !== undefined && (code === 6 || (method === 'auth.logout' && isOk))) session.isOpen = false
    const known = users.get(user ?? session?.user ?? '')
    if (known === undefined) return
    if (method === 'auth.logout') known.logouts++
    else known.calls++
  }

  function seeVersion (seen: Seen): void {
    const { params } = seen
    const [sent, made] = [params.get('api_version'), sessions.get(params.get('session_key') ?? '')?.version ?? tokens.get(params.get('token') ?? '')]
    if (sent === undefined || !made || normal(sent) === normal(made)) return
    tell('client.call/version-mixed', seen, `api_version ${sent.slice(0, 20)} was sent with a token of ${made.slice(0, 20)}`)
  }

  function conclude (tell: Tell): void {
    const spare = counts.tokens - counts.logins
    if (counts.last !== undefined && (spare > 1 || (spare === 1 && counts.logins > 0))) {
      tell('client.auth/token-per-call', counts.last, `${counts.tokens} tokens were created for ${counts.logins} logins: one token works for many`)
    }
    for (const { logins, logouts, calls, last } of users.values()) {
      if (logins >= MANY_LOGINS && logouts === 0 && calls <= logins * FEW_CALLS) tell('client.auth/login-per-call', last, `${last.entry.user} logged in ${logins} times for ${calls} calls, and never logged out`)
    }
    const open = [...sessions.values()].filter(({ isOpen }) => isOpen)
    const [first] = open
    if (first !== undefined) tell('client.auth/no-logout', first.login, `${open.length} ${open.length === 1 ? 'session was' : 'sessions were'} open at the end`)
  }

  return {
    see,
    conclude,
    forget () {
      for (const memory of [tokens, sessions, dead, passwords, users]) memory.clear()
    }
  }
}

const UPLOAD_NAMES = new Set(UPLOAD_FIELDS.map(({ name }) => name.toLowerCase()))

/** `1` is 1.0. */
const normal = (version: string): string => version === '1' ? '1.0' : version

const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
