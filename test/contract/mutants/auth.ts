import type { RunningEmulator } from '../../../src/start-emulator.ts'
import { answerOf, answers, answersItself, asks, forgives, isCall, otherCodes } from '../api-mutant.ts'
import type { Mutant } from '../mutant.ts'

const DAY = 24 * 60 * 60 * 1000
const DONE = '<status>ok</status>'
const FAKE_SESSION = '<session_key>zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz</session_key>'

/** What a mutant has seen of one server. */
interface Seen {
  emulator: RunningEmulator | undefined
  readonly texts: Map<string, string>
  readonly times: Map<string, number>
}

/** A mutant with memory, created anew for each server. */
function remembering (name: string, kills: readonly string[], make: (seen: Seen) => Pick<Mutant, 'request' | 'answer' | 'states'>): Mutant {
  const seen: Seen = { emulator: undefined, texts: new Map(), times: new Map() }
  const setUp = (emulator: RunningEmulator): void => {
    seen.emulator = emulator
    seen.texts.clear()
    seen.times.clear()
  }
  return { name, kills, setUp, ...make(seen) }
}

const tagged = (text: string, tag: string): string => new RegExp(`<${tag}>([^<]*)<`).exec(text)?.[1] ?? ''

export const registerMutants: readonly Mutant[] = [
  {
    name: 'accounts that are not opened',
    kills: [
      'auth.register/opens', 'auth.register/name-taken', 'auth.register/name-taken-case', 'auth.register/email-taken', 'auth.register/email', 'auth.register/full-name-letters',
      'auth.register/password-4-20', 'auth.register/name-3-20', 'auth.register/name-letters', 'auth.register/full-name-3-20', 'auth.register/full-name-100',
      'auth.register/without-name', 'auth.register/password-made', 'auth.register/closed'
    ],
    request: answersItself('auth.register', DONE)
  },
  { name: 'one sentence for every rule', kills: ['auth.register/reason'], answer: answers('auth.register', text => text.replace(/(<error code="27" text=")[^"]*/, '$1Something is wrong.')) }
]

export const tokenMutants: readonly Mutant[] = [
  remembering('one token for all', ['auth.createToken/new-each-time'], seen => ({
    answer: answers('auth.createToken', text => {
      const first = seen.texts.get('token') ?? text
      seen.texts.set('token', first)
      return first
    })
  })),
  remembering('tokens for one login', ['auth.createToken/reusable', 'auth.createToken/survives-restart', 'auth.login/token-of-logout'], seen => ({
    states: { restart: { run: 'true' } },
    request: answersItself('auth.login', 6, query => {
      const token = query.get('token') ?? ''
      if (seen.texts.has(token)) return true
      seen.texts.set(token, '')
      return false
    })
  })),
  remembering('tokens for a day', ['auth.createToken/lives-days'], seen => ({
    request: answersItself('auth.login', 6, query => ageOf(query.get('token'), seen) > DAY),
    answer: noting('auth.createToken', 'token', seen)
  })),
  remembering('tokens for ever', ['auth.createToken/ends'], seen => ({
    request: answersItself('auth.login', FAKE_SESSION, query => ageOf(query.get('token'), seen) > 30 * DAY),
    answer: noting('auth.createToken', 'token', seen)
  })),
  { name: 'versions of programs in ASCII alone', kills: ['auth.createToken/app-version-free'], request: answersItself('auth.createToken', 21, query => /[^ -~]/.test(query.get('app_version') ?? '')) }
]

export const loginMutants: readonly Mutant[] = [
  { name: 'another formula', kills: ['auth.login/formula'], request: asks('auth.login', query => { query.set('tokened_password', '0'.repeat(32)) }) },
  { name: 'sums in small letters alone', kills: ['auth.login/outer-case'], request: answersItself('auth.login', 8, query => /[A-F]/.test(query.get('tokened_password') ?? '')) },
  { name: 'no login by address', kills: ['auth.login/by-email', 'auth.register/without-name'], request: answersItself('auth.login', 8, query => (query.get('user_name') ?? '').includes('@')) },
  { name: 'user names with case', kills: ['auth.login/name-any-case'], request: answersItself('auth.login', 8, query => /[A-Z]/.test(query.get('user_name') ?? '')) },
  { name: 'unknown tokens as wrong passwords', kills: ['auth.login/token-unknown'], answer: otherCodes('auth.login', { 6: 8 }) },
  { name: 'the session key stands second', kills: ['auth.login/session-first'], answer: answers('auth.login', text => text.replace(/(\t<session_key>.*\n)(\t<\w+>.*\n)/, '$2$1')) },
  {
    name: 'users that are unknown are told',
    kills: ['auth.login/same-8'],
    answer: answers('auth.login', (text, query) => /^c[0-9a-f]{8}/.test(query.get('user_name') ?? '') ? text : text.replace('<error code="8" text="', '<error code="8" text="Unknown user. '))
  },
  {
    name: 'passwords take long',
    kills: ['auth.login/same-time'],
    setUp: emulator => { emulator.faults.add({ match: { method: 'auth.login', params: { user_name: 'c*' } }, answer: { delayMs: 80 } }) }
  },
  { name: 'disabled accounts as wrong passwords', kills: ['auth.login/disabled'], answer: otherCodes('auth.login', { 11: 8 }) },
  { name: 'any number of sessions', kills: ['auth.login/too-many', 'defaults/sessions'], answer: forgives('auth.login', 30, FAKE_SESSION) },
  remembering('once full, always full', ['auth.login/logout-makes-room', 'auth.login/idle-do-not-count'], seen => ({
    request: answersItself('auth.login', 30, query => seen.texts.has(query.get('user_name') ?? '')),
    answer: answers('auth.login', (text, query) => {
      if (text.includes('<error code="30"')) seen.texts.set(query.get('user_name') ?? '', '')
      return text
    })
  })),
  { name: 'the user name where the full name belongs', kills: ['auth.login/full-name'], answer: answers('auth.login', (text, query) => text.replace(/<user_name>[^<]*</, `<user_name>${query.get('user_name') ?? ''}<`)) },
  { name: 'everybody is capable', kills: ['auth.login/capabilities'], answer: answers('auth.login', text => text.replace(/(<capable_\w+>)0</g, '$11<')) },
  remembering('one session at a time', ['auth.login/sessions-side-by-side'], seen => ({
    request: answersItself('auth.checkSession', 6, query => query.get('session_key') !== seen.texts.get('key')),
    answer: answers('auth.login', text => {
      seen.texts.set('key', tagged(text, 'session_key'))
      return text
    })
  }))
]

export const sessionMutants: readonly Mutant[] = [
  { name: 'another word for a session that lives', kills: ['auth.checkSession/ok'], answer: answers('auth.checkSession', text => text.replace('<session>ok<', '<session>yes<')) },
  { name: 'expired sessions are not found', kills: ['auth.checkSession/expired'], answer: answers('auth.checkSession', text => text.includes('<session>expired<') ? answerOf('auth.checkSession', 6).body.toString() : text) },
  remembering('that a session has expired is told once', ['auth.checkSession/kept'], seen => ({
    answer: answers('auth.checkSession', (text, query) => {
      const key = query.get('session_key') ?? ''
      if (!text.includes('<session>expired<')) return text
      const wasTold = seen.texts.has(key)
      seen.texts.set(key, '')
      return wasTold ? answerOf('auth.checkSession', 6).body.toString() : text
    })
  })),
  { name: 'sessions that were logged out have expired', kills: ['auth.checkSession/logged-out'], answer: forgives('auth.checkSession', 6, '<session>expired</session>') },
  { name: 'tokens as unknown sessions', kills: ['auth.checkSession/token'], answer: otherCodes('auth.checkSession', { 7: 6 }) },
  { name: 'no bandwidth left in a check', kills: ['auth.checkSession/numbers'], answer: answers('auth.checkSession', text => text.replace(/<bandwidth_left>[^<]*</, '<bandwidth_left>0<')) },
  { name: 'sessions for ever', kills: ['auth.checkSession/idle-30', 'auth.logout/ends'], answer: forgives('folders.getAll', 6, '<folder id="0"/>') },
  remembering('sessions of half an hour', ['auth.checkSession/renewed', 'auth.checkSession/renewed-exactly'], seen => ({
    request: answersItself('folders.getAll', 6, query => ageOf(query.get('session_key'), seen) > 30 * 60 * 1000),
    answer: noting('auth.login', 'session_key', seen)
  })),
  remembering('a logout ends all sessions', ['auth.logout/only-that'], seen => ({
    request (request) {
      if (isCall(request, 'auth.logout')) seen.texts.set('out', '')
      return isCall(request, 'folders.getAll') && seen.texts.has('out') ? answerOf('folders.getAll', 6) : undefined
    }
  }))
]

/** Its age in milliseconds of the emulator's clock; 0 for an unknown one. */
function ageOf (key: string | null, { emulator, times }: Seen): number {
  const now = emulator?.clock.now().getTime() ?? 0
  return now - (times.get(key ?? '') ?? now)
}

/** Notes when a token or key was issued. */
function noting (method: string, tag: string, seen: Seen): NonNullable<Mutant['answer']> {
  return answers(method, text => {
    seen.times.set(tagged(text, tag), seen.emulator?.clock.now().getTime() ?? 0)
    return text
  })
}
