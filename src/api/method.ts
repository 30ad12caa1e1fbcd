/** One method, one declaration: dispatch, checks, answer order and documentation all derive from it. */
import type { Pause } from '../domain/pause.ts'
import type { Policy } from '../domain/policy.ts'
import type { User } from '../domain/accounts/user.ts'
import type { ApiVersion } from '../domain/version.ts'
import type { Ports } from '../ports.ts'
import type { Session, Token } from '../store/accounts/sessions.ts'
import type { AnswerOf, Shape } from './answers.ts'
import { refuse, type ErrorName, type Refusal } from './errors.ts'
import type { ParamTable, ParamValues } from './params.ts'
import type { Source } from './provenance.ts'

/**
 * Who may call. `session` needs a live session, `known session` accepts one that idled out too, `token` needs the
 * method's own `token` parameter to be known, `key` needs an API key, `key and version` an api_version as well.
 */
export type Auth = 'session' | 'known session' | 'token' | 'key' | 'key and version'

/** Errors any method may answer without declaring them: the checks before it. */
type CommonError = 'PARAMETER_MISSING' | 'INVALID_PARAMETER' | 'PARAMETER_BAD_VALUE' | 'HTTPS_FORBIDDEN'

interface Identity {
  readonly session: { readonly user: User }
  readonly 'known session': { readonly user: User, readonly isExpired: boolean }
  readonly token: { readonly token: Token }
  readonly key: object
  readonly 'key and version': object
}

/** What comes with the calls of programs only: a page cannot call a method that uses it. */
interface Credentials {
  readonly session: Session
  readonly apiKey: string
}

/** Who calls, whatever the method asks for. */
type Everyone = { readonly [K in 'user' | 'session' | 'isExpired' | 'token' | 'apiKey']: unknown }

/** What every handler gets. `now` is the time of the call: all that it does happens at one moment. */
export interface Circumstances {
  readonly ports: Ports
  readonly policy: Policy
  /** The address clients reach us by, without a final slash. */
  readonly publicUrl: string
  /** The same for links that go to others: never a host that only this client vouches for. */
  readonly trustedUrl: string
  /** The language that the caller asks for, for mails to readers without an account; undefined: English. */
  readonly locale: string | undefined
  readonly isHttps: boolean
  /** Where the call came from, '' when that is not known. */
  readonly address: string
  /** What the operator has switched off; in maintenance no method is called. */
  readonly pauses: ReadonlySet<Pause>
  readonly now: number
  readonly version: ApiVersion
}

export type Call<A extends Auth, P extends ParamTable, E extends ErrorName, U extends keyof Credentials> = Circumstances & Identity[A] & Pick<Credentials, U> & {
  readonly params: ParamValues<P>
  /** Only what the method declares; the caller throws it. */
  readonly refuse: (error: E | CommonError, info?: string) => Refusal
}

/** The ids of a multi-id call that failed while others worked. */
export interface Failure<E extends ErrorName = ErrorName> {
  readonly error: E
  readonly ids: readonly string[]
}

/** What was asked for and not found, as one failure; none when all of it was. */
export function failuresOf<const E extends ErrorName> (error: E, asked: readonly string[], found: ReadonlyArray<{ readonly id: string }>): Array<Failure<E>> {
  const known = new Set(found.map(({ id }) => id))
  const ids = asked.filter(id => !known.has(id))
  return ids.length === 0 ? [] : [{ error, ids }]
}

export interface Method<
  A extends Auth = Auth, P extends ParamTable = ParamTable, E extends ErrorName = ErrorName,
  R extends readonly Shape[] = readonly Shape[], U extends keyof Credentials = keyof Credentials
> {
  readonly name: string
  /** What it does, as a sentence for the API page. */
  readonly summary: string
  /** Where it is known from; its parts say so only where they differ. */
  readonly source: Source
  /** The first version that knows it; older ones refuse with 5. Without it every version does. */
  readonly since?: ApiVersion
  readonly auth: A
  /** What its handler uses of the credentials that a call of a program has. */
  readonly uses?: readonly U[]
  /** Beyond session_key, api_key and api_version, in the guide's order: the order of checks. */
  readonly params: P
  /** Codes of its own, in the order of the guide's table. */
  readonly errors: readonly E[]
  readonly returns: R
  handle (call: Call<A, P, E, U>): Promise<AnswerOf<R> & { readonly failures?: ReadonlyArray<Failure<E>> }>
}

/** A method whose types are sealed in: only the dispatcher calls it, with what the declaration asks for. */
export type AnyMethod = Omit<Method, 'handle'> & {
  handle (call: Circumstances & Everyone & { params: object, refuse: typeof refuse }): Promise<Answer>
}

/** An answer as plain data, by element name. */
export type Answer = Readonly<Record<string, unknown>> & { readonly failures?: readonly Failure[] }

/** What the declaration says of callers, parameters and answer stays visible, for pages that work with the same data. */
export type DeclaredMethod<A extends Auth, P extends ParamTable, R extends readonly Shape[], U extends keyof Credentials> =
  Omit<AnyMethod, 'auth' | 'params' | 'returns' | 'uses'> & { readonly auth: A, readonly params: P, readonly returns: R, readonly uses?: readonly U[] }

export function defineMethod<
  const A extends Auth, const P extends ParamTable, const E extends ErrorName, const R extends readonly Shape[], const U extends keyof Credentials = never
> (method: Method<A, P, E, R, U>): DeclaredMethod<A, P, R, U> {
  return method as object as DeclaredMethod<A, P, R, U>
}
