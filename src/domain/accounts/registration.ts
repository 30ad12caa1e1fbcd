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

export const isPassword = (password: string): boolean => hasLength(password, 4, 20)

/** Why a password chosen by a person is refused. */
export type PasswordFault = 'length' | 'common' | 'own name'

/** The names and e-mail of its owner. */
export type Named = Readonly<Record<'userName' | 'fullName' | 'email', string>>

/**
 * The wire allows 4 characters (the guide); passwords chosen on our pages must be longer and not common. More
 * than 20 characters would lock the account out of the API.
 */
export function findPasswordFault (password: string, owner: Named): PasswordFault | undefined {
  if (!hasLength(password, 8, 20)) return 'length'
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

/**
 * The first broken rule, or undefined.
 * The guide: user_name 3-20 of a-z A-Z 0-9, full_name 3-20 letters and spaces, password 4-20.
 * Callers with api_version 1.1 and later have 3-100 for the full name and may leave out the user name (observed).
 */
export function findBrokenRule (registration: Registration, isVersion10: boolean): BrokenRule | undefined {
  const { userName, fullName, email, password } = registration
  if (userName === undefined ? isVersion10 : !/^[a-zA-Z0-9]{3,20}$/.test(userName)) {
    return { rule: 'bad user name', sentence: 'The user name must have 3 to 20 letters or digits.' }
  }
  const longest = isVersion10 ? 20 : 100
  // A letter may be followed by combining marks: vowels of Hindi, separate accents.
  if (!hasLength(fullName, 3, longest) || !/^(?:\p{L}\p{M}*| )+$/u.test(fullName) || fullName.trim() === '') {
    return { rule: 'bad full name', sentence: `The full name must have 3 to ${longest} letters or spaces.` }
  }
  if (!isEmail(email)) return { rule: 'bad e-mail', sentence: 'The e-mail address is not valid.' }
  if (password !== '' && !isPassword(password)) return { rule: 'bad password', sentence: 'The password must have 4 to 20 characters.' }
  return undefined
}

function hasLength (text: string, least: number, most: number): boolean {
  const length = codePointsOf(text)
  return length >= least && length <= most
}
