import { cutToBytes, fitsBytes } from './text-limit.ts'

/** An entry of the security log. */
export const EVENT_KINDS = [
  'login', 'login-failed', 'program-login', 'registered', 'password-changed', 'email-changed', 'key-made', 'ended',
  'deleted', 'account-changed', 'account-deleted', 'password-reset', 'invited', 'invitation-revoked', 'registration-changed', 'branding-changed', 'became-admin',
  'attempts-limited'
] as const

export type EventKind = typeof EVENT_KINDS[number]

export interface SecurityEvent {
  readonly happenedAt: number
  readonly kind: EventKind
  /** A user name; '' for none. */
  readonly who: string
  /** The object of the action; never a secret. */
  readonly about: string
  /** '' when unknown. */
  readonly address: string
}

/** How long events are kept. */
export const EVENT_MEMORY = 90 * 24 * 60 * 60 * 1000

/**
 * The most events of each kind (administrators are counted separately), and the most of these of one account: a flood of
 * one kind does not displace others, and events of one account displace only its own.
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
