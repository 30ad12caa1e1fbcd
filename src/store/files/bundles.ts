/** Bundles: folders whose files share one set of settings. What a bundle says is copied into its files, in one transaction with what changes. */
import { MAX_EMPTY_BUNDLES, MAX_FOLDERS } from '../../domain/caps.ts'
import type { Bundle, BundleRules } from '../../domain/files/bundle.ts'
import { DELETE } from '../../domain/files/file-limit.ts'
import { ROOT_FOLDER } from '../../domain/identifiers.ts'
import { MAX_MESSAGE_BYTES, MAX_NAME_BYTES } from '../../domain/text-limit.ts'
import type { Sql, SqlRow } from '../../ports.ts'
import { RULES } from './bundle-rules.ts'
import { IS_OWNER_ACTIVE } from './files.ts'
import { above, lockOwner, ownedBy, treeOf } from './folder-tree.ts'
import { hasPlace } from './folders.ts'
import { boundedTextOf, cutColumn, numberOf, numberOrNull, textOf, textOrNull } from '../sql.ts'

const COLUMNS = `folders.id, folders.owner_id, folders.parent_id, folders.created_at, ${cutColumn('folders.name', MAX_NAME_BYTES)}, bundles.delete_code,
  ${cutColumn('bundles.message', MAX_MESSAGE_BYTES)}, bundles.sealed_password, bundles.expires_at, bundles.download_limit, bundles.limit_action,
  bundles.limit_action_folder_id, bundles.version`

/** A bundle that others may see: not of a disabled account. */
export async function findBundle (sql: Sql, id: string): Promise<Bundle | undefined> {
  const row = await sql.get(`select ${COLUMNS} from bundles join folders on folders.id = bundles.folder_id where folder_id = $id and ${IS_OWNER_ACTIVE}`, { id })
  return row && toBundle(row)
}

/** The bundle that a folder is or lies in: the nearest one. */
export async function findBundleAbove (sql: Sql, folderId: string): Promise<Bundle | undefined> {
  return (await listBundlesAbove(sql, folderId))[0]
}

/** All bundles that a folder is or lies in, the nearest first. */
export async function listBundlesAbove (sql: Sql, folderId: string): Promise<Bundle[]> {
  if (folderId === ROOT_FOLDER) return []
  const rows = await sql.all(`${above('$folderId')} select ${COLUMNS} from above
    join bundles on bundles.folder_id = above.id join folders on folders.id = above.id order by distance`, { folderId })
  return rows.map(toBundle)
}

/** Adds a bundle without files. 'too many' when this address has the most empty anonymous ones allowed, 'collision' when the id is taken. */
export async function addBundle (sql: Sql, bundle: Bundle, address: string): Promise<'added' | 'collision' | 'no parent' | 'too many'> {
  const { id, ownerId, parentId, title, createdAt, deleteCode, message, sealedPassword, expiresAt, downloadLimit, limitAction, limitActionFolderId } = bundle
  if (await sql.get('select 1 from folders where id = $id', { id })) return 'collision'
  const [owned, isFree] = [ownedBy(ownerId), ownerId === null && address !== '']
  const done = await sql.batch([lockOwner(ownerId), {
    sql: `insert into folders (id, owner_id, parent_id, name, is_shared, created_at)
          select $id, ${ownerId === null ? 'null' : '$ownerId'}, $parentId, $title, 1, $createdAt
          where ${hasPlace(ownerId)}${ownerId === null ? '' : ` and (select count(*) from folders where owner_id = $ownerId) < ${MAX_FOLDERS}`}
          ${isFree
            ? `and (select count(*) from bundles where address = $address
                and not exists (select 1 from files where owner_id is null and folder_id = bundles.folder_id)
                and not exists (select 1 from folders as inner_folders where inner_folders.owner_id is null and inner_folders.parent_id = bundles.folder_id)) < ${MAX_EMPTY_BUNDLES}`
            : ''}`,
    params: { id, parentId, title, createdAt, ...owned.params, ...isFree && { address } },
    must: true
  }, {
    sql: `insert into bundles (folder_id, delete_code, message, sealed_password, expires_at, download_limit, limit_action, limit_action_folder_id, address)
          values ($id, $deleteCode, $message, $sealedPassword, $expiresAt, $downloadLimit, $limitAction, $limitActionFolderId, nullif($address, ''))`,
    params: { id, deleteCode, message, sealedPassword, expiresAt, downloadLimit, limitAction, limitActionFolderId, address: ownerId === null ? address : '' }
  }])
  if (done !== undefined) return 'added'
  return ownerId === null ? 'too many' : 'no parent'
}

/** Omitted fields keep their values. */
export type BundleChange = Partial<BundleRules & Pick<Bundle, 'title' | 'message'>>

const isRule = (key: string): key is keyof BundleRules => Object.hasOwn(RULES, key)

/** Changes a bundle and all files in it, or nothing. 'no folder' when the target of its action is not the owner's. */
export async function changeBundle (sql: Sql, { id, ownerId }: Pick<Bundle, 'id' | 'ownerId'>, change: BundleChange): Promise<'changed' | 'no folder' | 'gone'> {
  const owned = ownedBy(ownerId)
  const rules = Object.keys(change).filter(isRule)
  const values = Object.fromEntries(rules.map(key => [key, change[key] ?? null]))
  const sets = rules.map(key => `${RULES[key]} = $${key}`).join(', ')
  const target = change.limitActionFolderId ?? ROOT_FOLDER
  if (target !== ROOT_FOLDER && (ownerId === null || await sql.get(`select 1 from folders where id = $target and owner_id = $ownerId and id not in ${treeOf(ownerId)}`, { id, target, ownerId }) === undefined)) return 'no folder'
  const done = await sql.batch([lockOwner(ownerId), {
    sql: `update folders set name = ${change.title === undefined ? 'name' : '$title'} where id = $id and ${owned.sql}`,
    params: { id, ...owned.params, ...change.title !== undefined && { title: change.title } },
    must: true
  }, {
    sql: `update bundles set ${rules.length === 0 ? '' : `${sets}, version = version + 1, `}message = ${change.message === undefined ? 'message' : '$message'} where folder_id = $id`,
    params: { id, ...values, ...change.message !== undefined && { message: change.message } },
    must: true
  }, ...rules.length === 0
    ? []
    : [{
        sql: `update files set ${sets}, link_version = link_version + 1 where ${owned.sql} and folder_id in ${treeOf(ownerId, 'ruled')}`,
        params: { id, ...values, ...owned.params }
      }]])
  return done === undefined ? 'gone' : 'changed'
}

/** How long a bundle may stay without a file, in milliseconds: its upload may still be on its way. */
const EMPTY_FOR = 24 * 60 * 60 * 1000
/** Bundles per look: others are served in between. */
const PAGE = 100

/** Removes bundles without files that will get none: those of nobody's account, and those whose files were to be deleted. */
export async function removeEmptyBundles (sql: Sql, now: number, giveWay: () => Promise<void>): Promise<void> {
  let after = ''
  while (true) {
    const rows = await sql.all(`
      select folders.id, folders.owner_id from bundles cross join folders
      where folders.id = bundles.folder_id and bundles.folder_id > $after and folders.created_at < $before
        and (folders.owner_id is null or (bundles.limit_action = ${DELETE} and (bundles.expires_at <= $now or bundles.download_limit is not null)))
      order by bundles.folder_id limit ${PAGE}`, { after, before: now - EMPTY_FOR, now })
    for (const row of rows) {
      const [id, ownerId] = [textOf(row, 'id'), numberOrNull(row, 'owner_id')]
      const owned = ownedBy(ownerId)
      const tree = treeOf(ownerId)
      // A file or an upload may come at this moment.
      await sql.batch([lockOwner(ownerId), {
        sql: `delete from folders where id in ${tree} and not exists (select 1 from files where ${owned.sql} and folder_id in ${tree})
                and not exists (select 1 from resumable_uploads where file_id is null and target_folder = $id)`,
        params: { id, ...owned.params }
      }])
      await giveWay()
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < PAGE) return
    after = textOf(last, 'id')
  }
}

function toBundle (row: SqlRow): Bundle {
  return {
    id: textOf(row, 'id'),
    ownerId: numberOrNull(row, 'owner_id'),
    parentId: textOf(row, 'parent_id'),
    title: boundedTextOf(row, 'name', MAX_NAME_BYTES),
    message: boundedTextOf(row, 'message', MAX_MESSAGE_BYTES),
    deleteCode: textOf(row, 'delete_code'),
    sealedPassword: textOrNull(row, 'sealed_password'),
    expiresAt: numberOrNull(row, 'expires_at'),
    downloadLimit: numberOrNull(row, 'download_limit'),
    limitAction: numberOrNull(row, 'limit_action'),
    limitActionFolderId: textOrNull(row, 'limit_action_folder_id'),
    createdAt: numberOf(row, 'created_at'),
    version: numberOf(row, 'version')
  }
}
