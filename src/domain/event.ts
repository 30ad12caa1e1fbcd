import { cutToBytes, fitsBytes } from './text-limit.ts'

/** What the security log knows. */
export const EVENT_KINDS = [
  'login', 'login-failed', 'program-login', 'registered', 'password-changed', 'email-changed', 'key-made', 'ended',
  'deleted', 'account-changed', 'account-deleted', 'password-reset', 'invited', 'invitation-revoked', 'registration-changed', 'became-admin',
  'attempts-limited'
] as const

export type EventKind = typeof EVENT_KINDS[number]

export interface SecurityEvent {
  readonly happenedAt: number
  readonly kind: EventKind
  /** A user name; '' for nobody in particular. */
  readonly who: string
  /** What it was done to; never a secret. */
  readonly about: string
  /** '' where it was not known. */
  readonly address: string
}

/** Events are kept this long, and no more than so many. */
export const EVENT_MEMORY = 90 * 24 * 60 * 60 * 1000
export const MOST_EVENTS = 100_000

const MAX_ABOUT_BYTES = 300
const ELLIPSIS = '…'

/** Several names as one text that fits. */
export function aboutNames (names: readonly string[]): string {
  const text = names.join(', ')
  return fitsBytes(text, MAX_ABOUT_BYTES) ? text : cutToBytes(text, MAX_ABOUT_BYTES - Buffer.byteLength(ELLIPSIS)) + ELLIPSIS
}
