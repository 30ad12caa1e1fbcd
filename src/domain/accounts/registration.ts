import { isCommonPassword } from './common-passwords.ts'
import { isEmail } from '../mail/email.ts'
import { codePointsOf } from '../text-limit.ts'

/** Who may create an account: everybody, invited people, or nobody. */
export const REGISTRATIONS = ['open', 'invitation', 'closed'] as const
export type RegistrationMode = typeof REGISTRATIONS[number]

/** How long an invitation is valid (our choice). */
export const INVITATION_LIFETIME = 7 * 24 * 60 * 60 * 1000

export interface Registration {
  readonly userName: string | undefined
  readonly fullName: string
  readonly email: string
  /** Empty: the server generates one. */
  readonly password: string
}

/** For an account by hand: as short as the API allows it, as long as the pages do. */
export const isPassword = (password: string): boolean => hasLength(password, 4, LONGEST_PASSWORD)

/** Characters (our choice). The login of the API has no limit: programs send a digest. */
const LONGEST_PASSWORD = 128
const LONGEST_NAME = 200

/** Why a password chosen by a person is refused. */
export type PasswordFault = 'length' | 'common' | 'own name'

/** The names and e-mail of its owner. */
export type Named = Readonly<Record<'userName' | 'fullName' | 'email', string>>

/** The wire allows 4 to 20 characters (the guide); passwords chosen on our pages are 8 to 128 characters and not common. */
export function findPasswordFault (password: string, owner: Named): PasswordFault | undefined {
  if (!hasLength(password, 8, LONGEST_PASSWORD)) return 'length'
  return findGuessable(password, owner)
}

/** The same without the check of length: operators may set shorter ones. */
export function findGuessable (password: string, { userName, fullName, email }: Named): Exclude<PasswordFault, 'length'> | undefined {
  if (isCommonPassword(password)) return 'common'
  const bare = bareText(password)
  // Digits after a name, such as a year, do not hide it.
  const isOwn = [userName, fullName, email, email.split('@')[0] ?? '', ...fullName.split(' ')].map(bareText)
    .some(name => name.length >= 3 && bare.startsWith(name) && /^\d{0,4}$/.test(bare.slice(name.length)))
  return isOwn ? 'own name' : undefined
}

/** Letters and digits in lower case. */
const bareText = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')

/** A rule of registration, and a sentence for the person who broke it. */
export interface BrokenRule {
  readonly rule: 'bad user name' | 'bad full name' | 'bad e-mail' | 'bad password'
  readonly sentence: string
}

/** Whose rules apply: those of api_version 1.0, of later versions, or those for accounts that people open, on our pages or by hand. */
export type RegistrationRules = '1.0' | 'later' | 'people'

/**
 * The first broken rule, or undefined.
 * The guide: user_name 3-20 of a-z A-Z 0-9, full_name 3-20 letters and spaces, password 4-20.
 * Callers with api_version 1.1 and later have 3-100 for the full name and may leave out the user name (observed). People have
 * any name of up to 200 characters, and a password of up to 128 (our choice).
 */
export function findBrokenRule (registration: Registration, rules: RegistrationRules): BrokenRule | undefined {
  const { userName, fullName, email, password } = registration
  if (userName === undefined ? rules !== 'later' : !/^[a-zA-Z0-9]{3,20}$/.test(userName)) {
    return { rule: 'bad user name', sentence: 'The user name must have 3 to 20 letters or digits.' }
  }
  const badName = rules === 'people' ? findBadName(fullName) : findBadLetters(fullName, rules === '1.0' ? 20 : 100)
  if (badName !== undefined) return { rule: 'bad full name', sentence: badName }
  if (!isEmail(email)) return { rule: 'bad e-mail', sentence: 'The e-mail address is not valid.' }
  const longest = rules === 'people' ? LONGEST_PASSWORD : 20
  if (password !== '' && !hasLength(password, 4, longest)) return { rule: 'bad password', sentence: `The password must have 4 to ${longest} characters.` }
  return undefined
}

function findBadLetters (fullName: string, longest: number): string | undefined {
  // A letter may be followed by combining marks: vowels of Hindi, separate accents.
  const isGood = hasLength(fullName, 3, longest) && /^(?:\p{L}\p{M}*| )+$/u.test(fullName) && fullName.trim() !== ''
  return isGood ? undefined : `The full name must have 3 to ${longest} letters or spaces.`
}

/** Characters without a shape could pretend to be another name; two of them join letters in Persian and the languages of India. */
function findBadName (fullName: string): string | undefined {
  const isGood = hasLength(fullName.trim(), 1, LONGEST_NAME) && !/[^\P{C}\u200C\u200D]|[\p{Zl}\p{Zp}]/u.test(fullName) && /[\p{L}\p{N}\p{P}\p{S}]/u.test(fullName)
  return isGood ? undefined : `The full name must have 1 to ${LONGEST_NAME} characters, all of them visible.`
}

function hasLength (text: string, least: number, most: number): boolean {
  const length = codePointsOf(text)
  return length >= least && length <= most
}
