/** What a bundle says is copied into its files, in the transaction that puts them there. */
import type { BundleRules } from '../../domain/files/bundle.ts'
import { ROOT_FOLDER } from '../../domain/identifiers.ts'
import type { Statement } from '../../ports.ts'
import { above, treeOf } from './folder-tree.ts'
import { listOf } from '../sql.ts'

/** The columns of the rules, which bundles and files have in common. */
export const RULES: Readonly<Record<keyof BundleRules, string>> = {
  sealedPassword: 'sealed_password',
  expiresAt: 'expires_at',
  downloadLimit: 'download_limit',
  limitAction: 'limit_action',
  limitActionFolderId: 'limit_action_folder_id'
}

const FOLLOW = `set ${Object.values(RULES).map(column => `${column} = bundle.${column}`).join(', ')}, link_version = files.link_version + 1
  from (${above('$folderId')} select bundles.* from above join bundles on bundles.folder_id = above.id order by distance limit 1) as bundle`

/** Gives files that are put into a folder the rules of its bundle, if there is one. */
export function followBundle (folderId: string, fileIds: readonly string[]): Statement[] {
  if (folderId === ROOT_FOLDER || fileIds.length === 0) return []
  const list = listOf('file', fileIds)
  return [{ sql: `update files ${FOLLOW} where files.id in ${list.sql} and files.folder_id = $folderId`, params: { ...list.params, folderId } }]
}

/** The same for everything in a folder of an account that is put into another. */
export const followBundleBelow = (ownerId: number, id: string): Statement => ({
  sql: `update files ${FOLLOW} where files.owner_id = $ownerId and files.folder_id in ${treeOf(ownerId, 'ruled')}`, params: { folderId: id, id, ownerId }
})
