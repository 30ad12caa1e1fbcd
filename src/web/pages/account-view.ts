/** What the account page shows, and its tabs. */
import type { Uploader } from '../../domain/uploads/uploader.ts'
import type { User } from '../../domain/accounts/user.ts'
import type { Notice } from '../components/share-card.ts'
import type { PlainKey, Sentence } from '../i18n/words.ts'

/** Bytes; a limit of -1 is none. */
type Used = Readonly<Record<'used' | 'limit', number>>

/** The tabs by their names in URLs; the first is shown without one. */
export const ACCOUNT_TABS = { overview: 'account.overview', security: 'account.security', programs: 'account.programs', delete: 'account.delete' } as const satisfies Readonly<Record<string, PlainKey>>

export type AccountTab = keyof typeof ACCOUNT_TABS

export interface AccountView {
  readonly tab: AccountTab
  readonly user: User
  readonly formToken: string
  readonly publicUrl: string
  readonly disk: Used
  /** In the last 30 days. */
  readonly bandwidth: Used
  readonly sessions: ReadonlyArray<{ readonly keyHash: string, readonly userAgent: string, readonly lastUsedAt: number, readonly isThis: boolean }>
  /** Open sessions of the API. */
  readonly programs: number
  readonly keys: ReadonlyArray<{ readonly keyHash: string, readonly kind: Uploader, readonly createdAt: number, readonly lastUsedAt: number | null }>
  readonly notice: Notice | undefined
  /** Error messages by the id of the field. */
  readonly problems: ReadonlyMap<string, Sentence>
  /** A new e-mail that was not saved. */
  readonly email: string | undefined
}

/** The address of a tab. */
export const tabLink = (tab: AccountTab): string => tab === 'overview' ? '/account' : `/account?tab=${tab}`
