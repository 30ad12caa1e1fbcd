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

/** Events are kept this long. */
export const EVENT_MEMORY = 90 * 24 * 60 * 60 * 1000

/**
 * No more than so many of each kind, those of administrators apart, and of these no more than so many of one account: a flood of
 * one kind pushes out no other, and what one account can cause pushes out its own.
 */
export const MAX_EVENTS_OF_KIND = 10_000
export const MAX_EVENTS_OF_ACCOUNT = 1000

const MAX_ABOUT_BYTES = 300
const ELLIPSIS = '…'

/** Several names as one text that fits. */
export function aboutNames (names: readonly string[]): string {
  const text = names.join(', ')
  return fitsBytes(text, MAX_ABOUT_BYTES) ? text : cutToBytes(text, MAX_ABOUT_BYTES - Buffer.byteLength(ELLIPSIS)) + ELLIPSIS
}
