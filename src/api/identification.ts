/** The identification of the caller, and the errors before a method's own parameters are read. */
import type { ErrorName } from './errors.ts'
import type { Auth } from './method.ts'
import { MAX_APP_VERSION_BYTES } from '../domain/text-limit.ts'
import { judgedText, mandatory, optional, textUpTo, type ParamTable } from './params.ts'
import { SAMPLE } from './sample.ts'

interface Identification {
  readonly params: ParamTable
  readonly errors: readonly ErrorName[]
}

const API_KEY = mandatory(judgedText, 'Ten capital letters and digits that identify the calling program.', SAMPLE.apiKey)
const VERSION = 'The API version of the calling program: 1.0, 1.1 or 1.2.'

/** Of methods that require it. */
export const APP_VERSION = optional(textUpTo(MAX_APP_VERSION_BYTES), 'The version of the calling program.', '0.1')

const bySession: Identification = {
  params: { session_key: mandatory(judgedText, 'From auth.login.', SAMPLE.sessionKey) },
  errors: ['SESSION_KEY_MISSING', 'SESSION_BAD', 'SESSION_NOT_AUTH', 'HTTPS_FORBIDDEN']
}

const IDENTIFICATIONS: Readonly<Record<Auth, Identification>> = {
  session: bySession,
  'known session': bySession,
  token: { params: {}, errors: [] },
  key: {
    params: { api_key: API_KEY, api_version: { ...optional(judgedText, VERSION, '1.0'), source: 'observed' } },
    errors: ['PARAMETER_MISSING', 'BAD_API_VERSION', 'UNKNOWN_API_KEY']
  },
  'key and version': {
    params: { api_key: API_KEY, api_version: mandatory(judgedText, VERSION, '1.0') },
    errors: ['PARAMETER_MISSING', 'BAD_API_VERSION', 'UNKNOWN_API_KEY']
  }
}

export const identificationOf = (auth: Auth): Identification => IDENTIFICATIONS[auth]
