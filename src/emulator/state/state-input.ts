/** The types of states and seeds as programs write them. */
import type { Capability, PlanName } from '../../domain/accounts/plan.ts'
import type { RegistrationMode } from '../../domain/accounts/registration.ts'

/** Bytes, or a size such as `5 MiB`. */
type Size = number | string

/** A moment, or a day, which counts to its end. */
type Moment = Date | string

interface LimitInput {
  /** null: the default of the plan; -1: unlimited. */
  readonly limit?: Size | null
  /** Sets the limit so that this much is available. */
  readonly left?: Size
}

/** The state of an account; members that are left out stay as they are, null is the default of the plan. */
export interface AccountInput {
  readonly membership?: { readonly type?: PlanName | Lowercase<PlanName>, readonly ends?: Moment | null }
  readonly diskspace?: LimitInput
  readonly bandwidth?: LimitInput
  /** -1: unlimited. */
  readonly maxSessions?: number | null
  readonly maxContacts?: number | null
  readonly capabilities?: Partial<Readonly<Record<Capability, boolean | 0 | 1>>> | null
  readonly https?: 'allowed' | 'forbidden'
  readonly disabled?: boolean
}

/** A file to add: with its content, or filled to a size. */
export interface FileInput {
  readonly name: string
  readonly content?: string
  readonly size?: Size
  readonly description?: string
  readonly password?: string
  /** The name or the id of a folder of the account; not given: its root. */
  readonly folder?: string
}

/** An account to add, with what is in it. */
export interface NewAccountInput extends AccountInput {
  readonly user: string
  /** Default `demo`. */
  readonly password?: string
  readonly fullName?: string
  readonly email?: string
  readonly folders?: ReadonlyArray<{ readonly name: string, readonly shared?: boolean, /** The name of one before it. */ readonly parent?: string }>
  readonly files?: readonly FileInput[]
  readonly contacts?: ReadonlyArray<{ readonly email: string, readonly name?: string }>
}

/** The state of the whole server; members that are left out stay as they are. */
export interface SystemInput {
  readonly maintenance?: boolean
  readonly uploads?: 'on' | 'temp_error'
  readonly downloads?: 'on' | 'temp_error'
  readonly registration?: RegistrationMode
  readonly minAppVersion?: string | null
  readonly apiKeys?: 'any' | readonly string[] | null
  readonly limitsAttempts?: boolean
}
