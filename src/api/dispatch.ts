/** From raw parameters to the bytes of an answer, through the order of checks of the wire contract, section 3. */
import { isOutdated } from '../domain/accounts/app-version.ts'
import { CLOCK_SLACK } from '../domain/clock-slack.ts'
import { isApiKey, isKey } from '../domain/identifiers.ts'
import type { Pause } from '../domain/pause.ts'
import type { Policy } from '../domain/policy.ts'
import { renewalInterval, useToNote } from '../domain/accounts/session-renewal.ts'
import type { User } from '../domain/accounts/user.ts'
import { readApiVersion, type ApiVersion } from '../domain/version.ts'
import type { Ports } from '../ports.ts'
import { listPauses } from '../store/operations/pauses.ts'
import { findSession, findToken, renewSession, type FoundSession, type Session, type Token } from '../store/accounts/sessions.ts'
import { refuse, Refusal, type ErrorName } from './errors.ts'
import type { AnyMethod } from './method.ts'
import type { RawParams } from './params.ts'
import { readParams } from './read-params.ts'
import { renderAnswer, renderRefusal, type Rendered } from './render.ts'

export interface Dispatched extends Rendered {
  /** The declared name, for logs; undefined for an unknown method. Never the caller's text. */
  readonly method: string | undefined
  readonly code: number
  /** The user of its session, once the call was executed. */
  readonly userId?: number | undefined
  /** An error that is not a refusal: a bug or a failed engine, for the caller to log. */
  readonly bug?: unknown
}

export interface Transport {
  readonly publicUrl: string
  /** For links sent to others: never a host that only this client claims. */
  readonly trustedUrl: string
  /** The language that the client asks for; most programs ask for none. */
  readonly locale?: string | undefined
  /** All addresses that our links may have when clients send them back, including that one. */
  readonly ownUrls: readonly string[]
  readonly isHttps: boolean
  /** The client's address, for the security log. */
  readonly address?: string
  /** The HTTP request, for wrappers of the dispatcher; the dispatcher itself does not use it. */
  readonly request?: object
}

export type Dispatch = (raw: RawParams, transport: Transport) => Promise<Dispatched>

export function createDispatcher (methods: readonly AnyMethod[], ports: Ports, policy: Policy): Dispatch {
  const byName = new Map(methods.map(method => [method.name.toLowerCase(), method]))

  return async function dispatch (raw, transport) {
    const spelling = raw.get('method') ?? ''
    const method = byName.get(spelling.toLowerCase())
    try {
      const found = method !== undefined && needsSession(method) ? await findCaller(raw, ports) : undefined
      const pauses = found?.pauses ?? await listPauses(ports.sql)
      if (pauses.has('maintenance')) throw refuse('SYSTEM_MAINTENANCE')
      if (spelling === '') throw refuse('NO_METHOD')
      if (method === undefined) throw refuse('UNKNOWN_METHOD')
      const { version, answer, userId } = await perform(method, raw, transport, ports, policy, pauses, found)
      const rendered = await renderAnswer(spelling, version, method.returns, answer, () => ports.clock.sleep(0))
      return { ...rendered, method: method.name, code: 0, userId }
    } catch (error) {
      const refusal = error instanceof Refusal ? error : refuse(temporaryError(method))
      const xml = renderRefusal(spelling, refusal, method && sentIds(method, raw))
      const outcome = { xml, method: method?.name, code: refusal.code }
      return error === refusal ? outcome : { ...outcome, bug: error }
    }
  }
}

const needsSession = ({ auth }: AnyMethod): boolean => auth === 'session' || auth === 'known session'

/** Read with the pauses, before any check: a call then asks the database once less. */
async function findCaller (raw: RawParams, { sql }: Ports): Promise<FoundSession | undefined> {
  const key = raw.get('session_key') ?? ''
  return isKey(key) ? findSession(sql, key) : undefined
}

async function perform (
  method: AnyMethod, raw: RawParams, transport: Transport, ports: Ports, policy: Policy, pauses: ReadonlySet<Pause>, found: FoundSession | undefined
) {
  const now = ports.clock.now()
  const identity = await identify(method, raw, transport, ports, policy, now, found)
  const params = readParams(method.params, raw, identity.version, transport.ownUrls)
  const token = method.auth === 'token' ? await requireToken(raw.get('token') ?? '', ports, now) : undefined
  const version: ApiVersion = token?.version ?? identity.version
  const { publicUrl, trustedUrl, locale, isHttps, address = '' } = transport
  // One literal with every field, for the same object shape at each call: spreading the parts took as long as the query.
  const { user, session, isExpired, apiKey } = identity
  const answer = await method.handle({
    ports, policy, publicUrl, trustedUrl, locale, isHttps, address, pauses, now, version, user, session, isExpired, apiKey, token, params, refuse
  })
  return { version, answer, userId: user?.id }
}

interface Identified {
  readonly version: ApiVersion
  readonly user?: User | undefined
  readonly session?: Session | undefined
  readonly isExpired?: boolean | undefined
  readonly apiKey?: string | undefined
}

/** Steps 3 to 5 of the order of checks. */
async function identify (
  method: AnyMethod, raw: RawParams, transport: Transport, ports: Ports, policy: Policy, now: number, found: FoundSession | undefined
): Promise<Identified> {
  switch (method.auth) {
    case 'session':
    case 'known session':
      return identifySession(method, raw, transport, ports, policy, now, found)
    case 'key':
    case 'key and version':
      return identifyKey(method, raw, policy)
    case 'token':
      return { version: '1.0' }
  }
}

async function identifySession (
  method: AnyMethod, raw: RawParams, transport: Transport, ports: Ports, policy: Policy, now: number, found: FoundSession | undefined
): Promise<Identified> {
  const key = raw.get('session_key') ?? ''
  if (key === '') throw refuse('SESSION_KEY_MISSING')
  if (found === undefined) {
    const isToken = isKey(key) && await findToken(ports.sql, key, now) !== undefined
    throw refuse(isToken ? 'SESSION_NOT_AUTH' : 'SESSION_BAD')
  }
  const { session, user } = found
  const isExpired = session.lastUsedAt + policy.sessionIdle <= now || session.lastUsedAt > now + CLOCK_SLACK
  if (user.isDisabled || (isExpired && method.auth === 'session')) throw refuse('SESSION_BAD')
  if (transport.isHttps && user.isHttpsForbidden) throw refuse('HTTPS_FORBIDDEN')
  const use = isExpired ? undefined : useToNote(session.lastUsedAt, now, renewalInterval(policy.sessionIdle))
  if (use !== undefined) await renewSession(ports.sql, key, session.lastUsedAt, use)
  // Methods with a session tell what was downloaded.
  await ports.counts.flush()
  return { version: session.version, user, session, isExpired }
}

function identifyKey (method: AnyMethod, raw: RawParams, policy: Policy): Identified {
  const apiKey = raw.get('api_key') ?? ''
  if (apiKey === '') throw refuse('PARAMETER_MISSING', 'api_key')
  const isKnown = policy.apiKeys === 'any' ? isApiKey(apiKey) : policy.apiKeys.has(apiKey)
  if (!isKnown) throw refuse('UNKNOWN_API_KEY')
  const sent = raw.get('api_version') ?? ''
  if (sent === '' && method.auth === 'key and version') throw refuse('PARAMETER_MISSING', 'api_version')
  const version = sent === '' ? '1.0' : readApiVersion(sent)
  if (version === undefined || (method.since !== undefined && version < method.since)) throw refuse('BAD_API_VERSION')
  if (method.params.app_version !== undefined && isOutdated(raw.get('app_version') ?? '', apiKey, policy.minAppVersion)) throw refuse('OUTDATED_VERSION')
  return { version, apiKey }
}

async function requireToken (key: string, ports: Ports, now: number): Promise<Token> {
  const token = isKey(key) ? await findToken(ports.sql, key, now) : undefined
  if (token === undefined) throw refuse('SESSION_BAD')
  return token
}

/** The file or folder ids as sent; a failure repeats them (the guide). */
export function sentIds (method: AnyMethod, raw: RawParams): string | undefined {
  const name = ['file_id', 'folder_id'].find(candidate => method.params[candidate]?.isMandatory)
  return name === undefined ? undefined : raw.get(name)
}

/** A bug is answered with the most fitting temporary error; it is never described to the client. */
function temporaryError (method: AnyMethod | undefined): ErrorName {
  const own: readonly ErrorName[] = ['UPLOAD_TEMP_ERROR', 'DOWNLOAD_TEMP_ERROR']
  return own.find(error => method?.errors.includes(error)) ?? 'SYSTEM_MAINTENANCE'
}
