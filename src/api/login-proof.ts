/** How a password is proved at a login, as data: a generator needs no special case for it. */
import { SAMPLE } from './sample.ts'

/** A text: of a parameter of the call, what a person knows, or a function of joined texts. `md5`: 32 hex digits in lower case. */
export type Formula =
  { readonly parameter: string } |
  { readonly secret: 'password' } |
  { readonly md5: readonly Formula[] }

export interface LoginProof {
  readonly method: string
  /** The parameter that holds the proof. */
  readonly parameter: string
  readonly formula: Formula
  /** Texts are joined, and hashed, as UTF-8. */
  readonly encoding: 'utf-8'
  readonly example: Readonly<Record<'token' | 'password' | 'proof', string>>
}

const { token, password, tokenedPassword } = SAMPLE

export const LOGIN_PROOF: LoginProof = {
  method: 'auth.login',
  parameter: 'tokened_password',
  formula: { md5: [{ parameter: 'token' }, { md5: [{ secret: 'password' }] }] },
  encoding: 'utf-8',
  example: { token, password, proof: tokenedPassword }
}
