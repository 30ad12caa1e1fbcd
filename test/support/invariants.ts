/** What is true of a storage folder whatever happened, once nothing runs and the sweep has been. */
import { openReader } from './database.ts'
import { readStorage } from './storage-contents.ts'

const REACHED = `with recursive reached (id, depth) as (
  select id, 1 from folders where parent_id = '0'
  union all
  select folders.id, reached.depth + 1 from folders join reached on folders.parent_id = reached.id where reached.depth < 100)`

/** Statements that find what must not be. */
const NEVER: Readonly<Record<string, string>> = {
  'a quota that is not the sum of the sizes':
    'select id from users where bytes_stored <> (select coalesce(sum(size), 0) from files where owner_id = users.id)',
  'a total of files without an owner that is not the sum of their sizes':
    'select name from storage_totals where bytes <> (select coalesce(sum(size), 0) from files where owner_id is null)',
  'totals of a folder that are not those of its files':
    `select folder_id from folder_totals where files <> (select count(*) from files where coalesce(owner_id, 0) = folder_totals.owner_id and folder_id = folder_totals.folder_id)
       or bytes <> (select sum(size) from files where coalesce(owner_id, 0) = folder_totals.owner_id and folder_id = folder_totals.folder_id)`,
  'a folder with files and without totals':
    'select id from files where not exists (select 1 from folder_totals where owner_id = coalesce(files.owner_id, 0) and folder_id = files.folder_id)',
  'totals of all files that are not those of the files':
    `select 1 from (select coalesce(sum(files), 0) as files, coalesce(sum(bytes), 0) as bytes from file_totals) as totals
       where files <> (select count(*) from files) or bytes <> (select coalesce(sum(size), 0) from files)`,
  'a file in a folder that its owner does not have':
    "select id from files where folder_id <> '0' and not exists (select 1 from folders where id = files.folder_id and owner_id = files.owner_id)",
  'a folder in a folder that its owner does not have':
    `select id from folders as child where parent_id <> '0'
       and not exists (select 1 from folders where id = child.parent_id and owner_id = child.owner_id)`,
  'a folder that cannot be reached from the root': `${REACHED} select id from folders where id not in (select id from reached)`,
  'a folder that lies too deep': `${REACHED} select id from reached where depth > 32`,
  'a place held by no download': 'select id from files where running_downloads <> 0 or running_bytes <> 0',
  'space or a ticket held by no upload': 'select id from tickets where upload_id is not null or reserved_bytes <> 0',
  'an address book that is too full': 'select user_id from contacts group by user_id having count(*) > 1000'
}

/** What is broken, as sentences; nothing when all is well. */
export async function brokenInvariants (storage: string): Promise<string[]> {
  const broken: string[] = []
  const report = (what: string, found: readonly unknown[]): void => {
    if (found.length > 0) broken.push(`${what}: ${found.slice(0, 5).join(', ')}`)
  }
  const { incoming, blobs, files } = await readStorage(storage)
  const named = new Set(files.map(file => file.blobId))
  const kept = new Set(blobs)
  report('an unfinished blob', incoming)
  report('a blob without a row', blobs.filter(id => !named.has(id)))
  report('a row without a blob', files.map(file => file.blobId).filter(id => !kept.has(id)))
  const reader = await openReader(storage)
  try {
    for (const [what, sql] of Object.entries(NEVER)) report(what, (await reader.all(sql)).map(row => Object.values(row)[0]))
  } finally {
    await reader.close()
  }
  return broken
}
