/** A bundle: a public folder whose files are shared as one. Times are Unix milliseconds. */
import type { StoredFile } from './file.ts'
import type { Vault } from '../vault.ts'

export interface Bundle extends Pick<StoredFile, 'ownerId' | 'sealedPassword' | 'deleteCode' | 'expiresAt' | 'downloadLimit' | 'limitAction' | 'limitActionFolderId'> {
  /** The id of its folder. */
  readonly id: string
  /** The folder that it lies in; the root for an anonymous one. */
  readonly parentId: string
  readonly title: string
  readonly message: string
  readonly createdAt: number
  /** Incremented when its settings change: whoever gave the earlier password must give the new one. */
  readonly version: number
}

/** The settings that all files of a bundle have. */
export type BundleRules = Pick<Bundle, 'sealedPassword' | 'expiresAt' | 'downloadLimit' | 'limitAction' | 'limitActionFolderId'>

/** Whether its time is over. Its files end by the same rule, each by itself. */
export const isOver = ({ expiresAt }: Pick<Bundle, 'expiresAt'>, now: number): boolean => expiresAt !== null && expiresAt <= now

/** Whether only its owner and people with its password may see what is in it. */
export const isClosed = (bundle: Bundle | undefined, now: number): boolean => bundle !== undefined && (bundle.sealedPassword !== null || isOver(bundle, now))

/** What a browser keeps after the right password. It does not contain the password. */
export const bundlePass = (vault: Vault, { id, version }: Pick<Bundle, 'id' | 'version'>): string =>
  vault.sign('bundle', id, String(version)).toString('hex').slice(0, 32)
