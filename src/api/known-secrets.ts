/** The subjects for the limiter, shared by programs and pages. */
import { opensFile } from '../domain/accounts/credentials.ts'
import type { Bundle } from '../domain/files/bundle.ts'
import type { StoredFile } from '../domain/files/file.ts'
import type { FileRequest } from '../domain/files/file-request.ts'
import type { User } from '../domain/accounts/user.ts'
import { findBundleAbove } from '../store/files/bundles.ts'
import { refuse } from './errors.ts'
import { limitGuesses, type Guess, type Limited } from './limiter.ts'

interface Login extends Pick<Guess, 'address' | 'trusted' | 'about'> {
  readonly user: User | undefined
  /** As it was typed. */
  readonly name: string
}

/** Checks the password of an account: its name and its e-mail are one secret. An unknown name is counted in the same way. Throws TooManyAttempts with 8. */
export function limitLogin<T> (limited: Limited, { user, name, ...others }: Login, check: () => Promise<T | undefined>): Promise<T | undefined> {
  const secret = user === undefined ? `name ${name.toLowerCase()}` : `account ${user.id}`
  return limitGuesses(limited, { ...others, secret, who: user?.userName ?? '', error: 'AUTHENTICATION_FAILURE' }, check)
}

/** Throws 22 for a wrong password of a file, and TooManyAttempts with 22. No password is not an attempt: programs check in this way whether there is one. */
export async function requireFilePassword (limited: Limited, file: StoredFile, sent: string, address: string): Promise<void> {
  const bundle = file.sealedPassword === null || sent === '' ? undefined : await findBundleAbove(limited.ports.sql, file.folderId)
  // The files of a bundle have one password: it is one secret.
  const secret = bundle?.sealedPassword === file.sealedPassword && bundle !== undefined ? `folder ${bundle.id}` : `file ${file.id}`
  return requirePassword(limited, file, sent, { secret, address, about: `/file/${file.id}` })
}

/** The same for a file request. Its link is a secret too, so the event does not name it. */
export function requireRequestPassword (limited: Limited, request: FileRequest, sent: string, address: string): Promise<void> {
  return requirePassword(limited, request, sent, { secret: `request ${request.id}`, address, about: '/request' })
}

/** The same for a bundle, whose files have its password, too. */
export function requireBundlePassword (limited: Limited, bundle: Bundle, sent: string, address: string): Promise<void> {
  return requirePassword(limited, bundle, sent, { secret: `folder ${bundle.id}`, address, about: `/folder/${bundle.id}` })
}

async function requirePassword (limited: Limited, { sealedPassword }: Pick<StoredFile, 'sealedPassword'>, sent: string, guess: Omit<Guess, 'error'>): Promise<void> {
  if (sealedPassword === null) return
  const isRight = sent !== '' && await limitGuesses(limited, { ...guess, error: 'BAD_PASSWORD' }, async () => opensFile(limited.ports.vault, sealedPassword, sent) || undefined)
  if (!isRight) throw refuse('BAD_PASSWORD')
}
