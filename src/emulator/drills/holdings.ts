/** The contents of accounts, and the changes that a client made. */
import { createHash } from 'node:crypto'
import type { StoredFile } from '../../domain/files/file.ts'
import type { Blobs, Ports } from '../../ports.ts'
import { listContacts } from '../../store/accounts/contacts.ts'
import { listUsers } from '../../store/accounts/users.ts'
import { listFolders } from '../../store/files/folders.ts'
import { listAllFiles } from '../../store/operations/overview.ts'

/** Files, folders, contacts and accounts by their identity, with their changeable values as one text. */
export interface Holdings {
  readonly files: ReadonlyMap<string, StoredFile>
  readonly others: ReadonlyMap<string, string>
}

/** A new file. */
export interface AddedFile {
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** In hex. */
  readonly sha256: string
}

/** The differences between two moments. */
export interface Changes {
  readonly added: readonly AddedFile[]
  /** Such as `2 files removed`: how often each kind of change was made, apart from new files. */
  readonly others: ReadonlyMap<string, number>
}

/** No client has more in a drill. */
const MAX_FILES = 20_000

export async function readHoldings ({ sql }: Pick<Ports, 'sql'>): Promise<Holdings> {
  const others = new Map<string, string>()
  for (const { id, userName, fullName, email } of await listUsers(sql)) {
    others.set(`account ${id}`, JSON.stringify([userName, fullName, email]))
    for (const folder of await listFolders(sql, id)) others.set(`folder ${folder.id}`, JSON.stringify([folder.parentId, folder.name, folder.isShared]))
    for (const { email, name, description, type } of await listContacts(sql, id)) others.set(`contact ${id} ${email}`, JSON.stringify([name, description, type]))
  }
  const files = await listAllFiles(sql, 'newest', undefined, MAX_FILES)
  return { files: new Map(files.map(({ file }) => [file.id, file])), others }
}

export async function compareHoldings (before: Holdings, after: Holdings, blobs: Pick<Blobs, 'open'>): Promise<Changes> {
  const others = new Map<string, number>()
  const note = (kind: string, change: string): void => { others.set(`${kind} ${change}`, (others.get(`${kind} ${change}`) ?? 0) + 1) }
  compare(textsOf(before), textsOf(after), note)
  const added = [...after.files.values()].filter(({ id }) => !before.files.has(id))
  return {
    added: await Promise.all(added.map(async file => ({ name: file.name, size: file.size, sha256: await hashOf(file, blobs) }))),
    others: new Map([...others].filter(([change]) => change !== 'file added').sort(([a], [b]) => a < b ? -1 : 1))
  }
}

/** Files with the values that a client can change, and everything else. */
function textsOf ({ files, others }: Holdings): ReadonlyMap<string, string> {
  const ofFiles = [...files].map(([id, { name, description, folderId, sealedPassword, expiresAt, downloadLimit }]) =>
    [`file ${id}`, JSON.stringify([name, description, folderId, sealedPassword, expiresAt, downloadLimit])] as const)
  return new Map([...ofFiles, ...others])
}

function compare (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>, note: (kind: string, change: string) => void): void {
  const kindOf = (key: string): string => key.slice(0, key.indexOf(' '))
  for (const [key, text] of after) {
    if (!before.has(key)) note(kindOf(key), 'added')
    else if (before.get(key) !== text) note(kindOf(key), 'changed')
  }
  for (const key of before.keys()) if (!after.has(key)) note(kindOf(key), 'removed')
}

async function hashOf ({ blobId, size }: StoredFile, blobs: Pick<Blobs, 'open'>): Promise<string> {
  const hash = createHash('sha256')
  if (size > 0) for await (const chunk of await blobs.open(blobId, { start: 0, end: size - 1 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
