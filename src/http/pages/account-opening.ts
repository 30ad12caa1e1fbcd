/** Opening an account by a form of ours: for whoever registers, and for the first who runs the server. */
import type { FastifyRequest } from 'fastify'
import { Refusal, TooManyAttempts } from '../../api/errors.ts'
import { openAccount } from '../../api/open-account.ts'
import { findPasswordFault, type PasswordFault } from '../../domain/accounts/registration.ts'
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
export const typedAccount = (form: Form) => ({ userName: field(form, 'user_name'), fullName: field(form, 'full_name'), email: field(form, 'email') })

/** The new account, or why there is none. `setUp` is the hash of the code that makes it the first administrator. Throws TooManyAttempts. */
export async function openAccountByForm (form: Form, request: FastifyRequest, { ports, policy, trustedUrlOf }: Site, setUp?: string): Promise<{ readonly user: User } | { readonly problem: Sentence }> {
  const typed = typedAccount(form)
  const password = field(form, 'password')
  if (Object.values(typed).includes('')) return { problem: sentence('refusal.missing') }
  const fault = findPasswordFault(password, typed)
  if (fault !== undefined) return { problem: PASSWORD_PROBLEMS[fault] }
  try {
    return { user: await openAccount({ ...typed, password }, { ports, policy, version: '1.2', trustedUrl: trustedUrlOf(request), locale: request.words?.locale, address: request.ip, now: ports.clock.now() }, setUp) }
  } catch (error) {
    if (!(error instanceof Refusal) || error instanceof TooManyAttempts) throw error
    return { problem: refusalSentence(error) }
  }
}
