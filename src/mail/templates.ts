/** One function per mail: data in, subject and both bodies out. Names and messages of users are text, never markup. */
import type { StoredFile } from '../domain/files/file.ts'
import { pageLink } from '../domain/files/link.ts'
import type { Words } from '../web/i18n/words.ts'
import { cleanText, oneLine, writeLetter, type Letter, type LetterItem, type Look, type MailContent } from './letter.ts'

export { lookFor, type Look, type MailContent } from './letter.ts'

/** A link to a file or a folder, with what is known of it. */
export interface SharedLink {
  readonly name: string
  readonly link: string
  /** Bytes; of a file. */
  readonly size?: number
  /** Unix milliseconds; null: never. */
  readonly expiresAt?: number | null
  readonly isLocked?: boolean
}

/** A file as it stands in a mail; `base` begins its link. */
export const sharedFile = (base: string, { id, name, size, expiresAt, sealedPassword }: StoredFile): SharedLink =>
  ({ name, link: pageLink(base, id), size, expiresAt, isLocked: sealedPassword !== null })

/** The sender's name, and the sender's address if known; a name of '' means somebody without an account. */
export interface SharedBy {
  readonly name: string
  readonly email?: string
}

export function shareMail (look: Look, { name, email }: SharedBy, shared: readonly SharedLink[], message: string): MailContent {
  const { words } = look
  const who = oneLine(name) || words.tell('letter.somebody')
  const byline = email === undefined ? who : `${who} (${email})`
  const [first] = shared
  return writeLetter(look, letter({
    subject: shared.length === 1 && first
      ? words.tell('letter.subject', { who: shorten(who), name: shorten(oneLine(first.name)) })
      : words.tellCount('letter.subjectMany', shared.length, { who: shorten(who) }),
    sentence: words.tell('letter.shares', { who: byline }),
    message: cleanText(message),
    items: shared.map(link => itemOf(words, link)),
    button: buttonOf(words, shared),
    reason: words.tell('letter.whyShared', { who })
  }))
}

/** For an uploader who asked for a notification. */
export function uploadedMail (look: Look, shared: readonly SharedLink[]): MailContent {
  const { words } = look
  const [first] = shared
  return writeLetter(look, letter({
    subject: shared.length === 1 && first
      ? words.tell('letter.uploadedSubject', { name: shorten(oneLine(first.name)) })
      : words.tellCount('letter.uploadedMany', shared.length),
    sentence: words.tellCount('letter.uploaded', shared.length),
    items: shared.map(link => itemOf(words, link)),
    button: buttonOf(words, shared),
    reason: words.tell('letter.whyUploaded')
  }))
}

/** For the owner of a file request, about new files: they are the owner's, so the link leads to them among all others, and no link has a secret. */
export function receivedMail (look: Look, title: string, files: ReadonlyArray<Pick<StoredFile, 'name' | 'size'>>, folderLink: string, note: string): MailContent {
  const { words } = look
  return writeLetter(look, letter({
    subject: words.tellCount('letter.receivedSubject', files.length, { title: shorten(oneLine(title)) }),
    sentence: words.tellCount('letter.received', files.length, { title: oneLine(title) }),
    message: cleanText(note),
    items: files.map(({ name, size }) => ({ name: oneLine(name), link: '', detail: words.size(size), notes: [] })),
    button: { label: words.tell('letter.openMyFiles'), link: folderLink },
    reason: words.tell('letter.whyReceived')
  }))
}

/** For a user who registered without a password. */
export function passwordMail (look: Look, userName: string, password: string): MailContent {
  const { words, url } = look
  return writeLetter(look, letter({
    subject: words.tell('letter.passwordSubject'),
    sentence: words.tell('letter.account', { address: url }),
    facts: [words.tell('letter.userName', { name: userName }), words.tell('letter.password', { password })],
    button: { label: words.tell('site.logIn'), link: `${url}/login` },
    reason: words.tell('letter.whyAccount')
  }))
}

/** With the link to choose a new password. */
export function resetMail (look: Look, userName: string, link: string): MailContent {
  const { words } = look
  return writeLetter(look, letter({
    subject: words.tell('letter.resetSubject'),
    sentence: words.tell('letter.reset', { name: userName }),
    button: { label: words.tell('letter.choosePassword'), link },
    reason: words.tell('letter.whyReset')
  }))
}

/** For administrators; bytes. */
export function fullDiskMail (look: Look, percentage: number, left: number, total: number): MailContent {
  const { words, url } = look
  return writeLetter(look, letter({
    subject: words.tell('letter.diskSubject', { percent: String(percentage) }),
    sentence: words.tell('letter.disk', { left: words.size(left), total: words.size(total) }),
    button: { label: words.tell('letter.openAdministration'), link: `${url}/admin` },
    reason: words.tell('letter.whyDisk')
  }))
}

/** For a user whose quota is used up, almost; bytes. */
export function fullQuotaMail (look: Look, percentage: number, used: number, limit: number): MailContent {
  const { words, url } = look
  return writeLetter(look, letter({
    subject: words.tell('letter.quotaSubject', { percent: String(percentage) }),
    sentence: words.tell('letter.quota', { used: words.size(used), limit: words.size(limit) }),
    button: { label: words.tell('letter.openMyFiles'), link: `${url}/my` },
    reason: words.tell('letter.whyQuota')
  }))
}

/** The mail of `respace mail test`. */
export function trialMail (look: Look): MailContent {
  const { words } = look
  return writeLetter(look, letter({
    subject: words.tell('letter.trialSubject'), sentence: words.tell('letter.trial'), reason: words.tell('letter.whyTrial')
  }))
}

const letter = (parts: Pick<Letter, 'subject' | 'sentence' | 'reason'> & Partial<Letter>): Letter =>
  ({ message: '', items: [], facts: [], button: undefined, ...parts })

function itemOf (words: Words, { name, link, size, expiresAt, isLocked }: SharedLink): LetterItem {
  const notes = [
    ...expiresAt == null ? [] : [words.tell('letter.until', { time: words.time(expiresAt) })],
    ...isLocked ? [words.tell('letter.locked')] : []
  ]
  return { name: oneLine(name), link, detail: size === undefined ? '' : words.size(size), notes }
}

/** Several links have no button: each stands by itself. */
function buttonOf (words: Words, shared: readonly SharedLink[]): Letter['button'] {
  const [first, ...others] = shared
  return first === undefined || others.length > 0 ? undefined : { label: words.tell(first.size === undefined ? 'letter.openFolder' : 'letter.open'), link: first.link }
}

/** A name cut to fit a subject. `=?` would start an encoded word there: a mail reader would show another name. */
function shorten (text: string): string {
  const characters = [...text.replaceAll('=?', '= ?')]
  return characters.length <= 100 ? characters.join('') : characters.slice(0, 99).join('') + '…'
}
