/** Rules for clients. Each is declared once: reports, the table in docs/emulator.md and the tests are derived from it. */

/** `wrong`: a real service would refuse or lose something. `risky`: it works until something else goes wrong. `note`: for information. */
export type Level = 'wrong' | 'risky' | 'note'

/** The worst comes first. */
export const LEVELS: readonly Level[] = ['wrong', 'risky', 'note']

export interface Rule {
  readonly level: Level
  /** The violation, as a sentence without a full stop. */
  readonly about: string
  /** Ids of sentences in docs/contract. */
  readonly law: readonly string[]
}

const wrong = (about: string, ...law: readonly string[]): Rule => ({ level: 'wrong', about, law })
const risky = (about: string, ...law: readonly string[]): Rule => ({ level: 'risky', about, law })
const note = (about: string, ...law: readonly string[]): Rule => ({ level: 'note', about, law })

/** By id: an area, and a name in it. */
export const RULES = {
  'client.call/unknown-method': wrong('A method was called that does not exist (code 2), or none (code 1)', 'methods/names', 'errors/unknown-method'),
  'client.call/unknown-parameter': wrong('An unknown parameter was sent', 'methods/parameters'),
  'client.call/ignored-parameter': note('A parameter was sent that belongs to another method', 'methods/parameters'),
  'client.call/missing-parameter': wrong('A mandatory parameter or the session key was left out (codes 3 and 4)', 'methods/mandatory', 'errors/parameter-missing', 'errors/session-missing'),
  'client.call/bad-value': wrong('A value is of the wrong kind or not allowed (codes 16 and 21)', 'methods/kinds', 'errors/parameter-unreadable', 'errors/parameter-not-allowed'),
  'client.call/encoded-twice': wrong('A value was percent-encoded twice', 'transport/utf8'),
  'client.call/not-encoded': risky('A value was not percent-encoded: at a raw & or + it ends or changes', 'transport/plus-is-space', 'transport/malformed-percent', 'transport/raw-bytes'),
  'client.call/sent-twice': risky('One parameter was sent twice with two values', 'transport/repeated-name'),
  'client.call/two-places': note('One parameter was sent in the query and in the body', 'transport/body-beats-query'),
  'client.call/long-query': note('A request line is longer than 8 KiB: proxies refuse or cut it', 'transport/urlencoded-body'),
  'client.call/secret-in-referer': risky('A Referer header contains a session key or a token', 'transport/no-cookie'),
  'client.call/response-format': note('response_format was sent: answers are always XML', 'transport/always-xml'),
  'client.call/version-mixed': risky('api_version is not the version of the token', 'parameters/version-of-session'),
  'client.call/over-64k': wrong('A body is larger than 64 KiB (status 413)', 'transport/body-limit'),
  'client.auth/upper-case-md5': wrong('tokened_password has capital letters', 'auth/formula'),
  'client.auth/wrong-formula': wrong('The password is right, but tokened_password was computed wrong (code 8)', 'auth/formula'),
  'client.auth/token-per-call': note('More tokens were created than logins', 'auth/token-reused', 'auth/token-lives-days'),
  'client.auth/login-per-call': risky('A login for every few calls, and no logout: the account runs out of sessions', 'auth/too-many-sessions', 'auth/renewed'),
  'client.auth/no-logout': note('Sessions were open at the end', 'auth/too-many-sessions', 'auth/idle-time'),
  'client.auth/dead-session': wrong('A session key was used again after the answer 6', 'errors/session-unknown', 'errors/session-idle', 'errors/session-logged-out'),
  'client.auth/password-sent': wrong('A password, or its MD5 sum, was sent outside tokened_password', 'auth/formula'),
  'client.xml/unescaped': wrong('A URL with &amp; was used without unescaping', 'answers/escape', 'uploads/amp'),
  'client.xml/name-mangled': wrong('A name was sent back changed: its entities or its UTF-8 were misread', 'answers/names-round-trip', 'answers/utf8'),
  'client.xml/url-changed': wrong('A URL was changed before the request', 'tickets/authority', 'downloads/url'),
  'client.upload/missing-field': wrong('A mandatory field of the upload form was left out', 'uploads/fields'),
  'client.upload/fields-after-file': note('Fields came after the file: the upload cannot be refused before its bytes', 'uploads/fields-after-file', 'tickets/cut-url-before-file'),
  'client.upload/wrong-file-field': note('The file was not in the field userfile', 'uploads/any-field-name'),
  'client.upload/over-max': wrong('A file is larger than the max_file_size of its ticket', 'uploads/bytes-received', 'uploads/size-each'),
  'client.upload/no-space': risky('More bytes were uploaded than the last diskspace_left', 'uploads/quota', 'upload-answers/quota'),
  'client.upload/ticket-shared': wrong('Two uploads ran on one ticket at the same time', 'tickets/one-at-a-time'),
  'client.upload/old-ticket': risky('A ticket was used an hour or more after it was issued', 'tickets/life'),
  'client.upload/answer-unread': wrong('The client closed the connection before the answer to its upload', 'upload-answers/lines', 'upload-answers/xml-elements'),
  'client.upload/again-after-ok': wrong('The same file was uploaded again after ok', 'upload-answers/lines', 'tickets/again'),
  'client.upload/no-length': note('An upload had no Content-Length: its progress has no percentage', 'progress/no-length'),
  'client.upload/strict-parser': risky('Only a lenient parser understands the form', 'uploads/post'),
  'client.progress/too-often': risky('Progress was polled more than five times a second', 'progress/poll-ends'),
  'client.progress/never-ends': wrong('Progress was still polled after done or fail', 'progress/status-done', 'progress/status-fail'),
  'client.progress/unknown': wrong('Progress was polled for an identifier that the server did not issue', 'progress/unknown'),
  'client.errors/repeated': wrong('The same call was repeated within ten seconds after a permanent error', 'errors/codes'),
  'client.errors/no-pause': risky('The same call was repeated within a second after 12, 13 or 15', 'errors/maintenance', 'tickets/uploads-off', 'downloads/unreachable'),
  'client.errors/ignored': wrong('A call used a value that a failed call should have returned', 'answers/fail', 'answers/status'),
  'client.errors/partial-ignored': risky('An id that failed in part of a call was used as if it had succeeded', 'answers/each-item', 'answers/some-fail'),
  'client.download/rebuilt-link': wrong('A direct link was requested that the server did not issue', 'downloads/url', 'downloads/direct-link'),
  'client.download/no-if-range': risky('A download was resumed with Range and without If-Range', 'downloads/range', 'downloads/if-range'),
  'client.files/foreign-link': wrong('A file_id is a link to another site (code 26)', 'parameters/link-foreign')
} as const satisfies Readonly<Record<string, Rule>>

export type RuleId = keyof typeof RULES

export const RULE_IDS = Object.keys(RULES) as readonly RuleId[]
