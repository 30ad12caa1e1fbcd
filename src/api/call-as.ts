/** Pages call methods as clients do: the same handlers, the same rules, the same data, without XML in between. */
import type { Policy } from '../domain/policy.ts'
import type { User } from '../domain/accounts/user.ts'
import type { Ports } from '../ports.ts'
import { listPauses } from '../store/operations/pauses.ts'
import type { AnswerOf, Shape } from './answers.ts'
import type { Transport } from './dispatch.ts'
import { refuse } from './errors.ts'
import type { DeclaredMethod, Failure } from './method.ts'
import type { ParamTable, RawParams } from './params.ts'
import { readParams } from './read-params.ts'

export interface CallSite {
  readonly ports: Ports
  readonly policy: Policy
  readonly transport: Transport
}

/** The newest version: its answers tell most. */
const VERSION = '1.2'

/** A page knows a user and has no session of the API, no token and no key. */
type PageAuth = 'session' | 'key' | 'key and version'

/** Calls a method for a user whom the page knows, or for nobody when the method asks for a key only. Throws its refusals. */
export async function callAs<A extends PageAuth, P extends ParamTable, R extends readonly Shape[]> (
  method: DeclaredMethod<A, P, R, never>, user: A extends 'session' ? User : undefined, raw: Readonly<Record<string, string>> | RawParams, { ports, policy, transport }: CallSite
): Promise<AnswerOf<R> & { readonly failures?: readonly Failure[] }> {
  const { publicUrl, trustedUrl, locale, ownUrls, isHttps, address = '' } = transport
  const sent = raw instanceof Map ? raw : new Map(Object.entries(raw))
  const pauses = await listPauses(ports.sql)
  if (pauses.has('maintenance')) throw refuse('SYSTEM_MAINTENANCE')
  const params = readParams(method.params, sent, VERSION, ownUrls)
  const answer = await method.handle({
    ports,
    policy,
    publicUrl,
    trustedUrl,
    locale,
    isHttps,
    address,
    pauses,
    now: ports.clock.now(),
    version: VERSION,
    user,
    params,
    refuse,
    apiKey: undefined,
    token: undefined,
    session: undefined,
    isExpired: undefined
  })
  return answer as AnswerOf<R>
}
