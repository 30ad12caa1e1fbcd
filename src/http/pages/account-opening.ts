/** Opening an account by a form of ours: for whoever registers, and for the first who runs the server. */
import type { FastifyRequest } from 'fastify'
import { refuse, Refusal, TooManyAttempts, type Reason } from '../../api/errors.ts'
import { openAccount } from '../../api/open-account.ts'
import { findBrokenRule, findPasswordFault, type PasswordFault } from '../../domain/accounts/registration.ts'
import type { User } from '../../domain/accounts/user.ts'
import { sentence, type Sentence } from '../../web/i18n/words.ts'
import { refusalSentence } from '../answer/refusal-sentence.ts'
import type { Form } from '../request/small-body.ts'
import type { Site } from '../site.ts'

/** What is said of a password that may not be chosen. */
export const PASSWORD_PROBLEMS: Readonly<Record<PasswordFault, Sentence>> = {
  length: sentence('register.badPassword'), common: sentence('register.commonPassword'), 'own name': sentence('register.ownPassword')
}

const field = (form: Form, name: string): string => form.get(name) ?? ''

/** What stands in the form again after something was wrong; never the password. */
export const typedAccount = (form: Form) => ({ userName: field(form, 'user_name'), fullName: field(form, 'full_name').trim(), email: field(form, 'email') })

/** Error messages by the name of their field; '' is the whole form. */
export type FormProblems = ReadonlyMap<string, Sentence>

/** Of the reasons for which an account is not opened, those that are about one field. */
const FIELD_OF: Partial<Readonly<Record<Reason, string>>> = {
  'bad user name': 'user_name', 'name taken': 'user_name', 'bad full name': 'full_name', 'bad e-mail': 'email', 'e-mail taken': 'email', 'bad password': 'password'
}

/** The new account, or why there is none. `setUp` is the hash of the code that makes it the first administrator. Throws TooManyAttempts. */
export async function openAccountByForm (form: Form, request: FastifyRequest, { ports, policy, trustedUrlOf }: Site, setUp?: string): Promise<{ readonly user: User } | { readonly problems: FormProblems }> {
  const typed = typedAccount(form)
  const password = field(form, 'password')
  const problems = new Map(['user_name', 'full_name', 'email', 'password'].filter(name => field(form, name) === '').map(name => [name, sentence('field.required')]))
  const fault = findPasswordFault(password, typed)
  if (password !== '' && fault !== undefined) problems.set('password', PASSWORD_PROBLEMS[fault])
  const broken = findBrokenRule({ ...typed, email: typed.email.trim(), password: '' }, 'people')
  const brokenField = broken && FIELD_OF[broken.rule]
  if (broken !== undefined && brokenField !== undefined && !problems.has(brokenField)) problems.set(brokenField, refusalSentence(refuse('REGISTRATION_ERROR', broken.sentence, broken.rule)))
  if (problems.size > 0) return { problems }
  try {
    return { user: await openAccount({ ...typed, password }, { ports, policy, rules: 'people', trustedUrl: trustedUrlOf(request), locale: request.locale, address: request.ip, now: ports.clock.now() }, setUp) }
  } catch (error) {
    if (!(error instanceof Refusal) || error instanceof TooManyAttempts) throw error
    return { problems: new Map([[(error.reason && FIELD_OF[error.reason]) ?? '', refusalSentence(error)]]) }
  }
}
