/** Applies a seed to an empty store. Files go through the upload that clients use, so that the result could have been uploaded. */
import { asError } from '../../domain/as-error.ts'
import { newShortId, ROOT_FOLDER } from '../../domain/identifiers.ts'
import { sealUserPassword } from '../../domain/accounts/credentials.ts'
import { findBrokenRule } from '../../domain/accounts/registration.ts'
import { UNLIMITED } from '../../domain/accounts/plan.ts'
import { fitsBytes, MAX_CONTACT_NAME_BYTES, MAX_DESCRIPTION_BYTES, MAX_NAME_BYTES, MAX_TEXT_BYTES } from '../../domain/text-limit.ts'
import type { User } from '../../domain/accounts/user.ts'
import { issueTicket } from '../../api/ticket-element.ts'
import { DocumentProblem } from '../../settings/document.ts'
import { addContact } from '../../store/accounts/contacts.ts'
import { addFolder, listFolders } from '../../store/files/folders.ts'
import { removeAccount } from '../../store/accounts/account-removal.ts'
import { addUser, findUserById } from '../../store/accounts/users.ts'
import type { Surroundings } from '../../transfer/incoming.ts'
import { receive } from '../../transfer/receive.ts'
import { setAccount } from './account-state.ts'
import { DEFAULT_PASSWORD, type Seed, type SeedFile } from './seed.ts'

type Account = Seed['accounts'][number]

/** Throws DocumentProblem for a seed that is not possible. */
export async function applySeed (seed: Seed, surroundings: Surroundings): Promise<void> {
  for (const [i, account] of seed.accounts.entries()) await createAccount(account, `/accounts/${i}`, surroundings)
}

/** Adds one account to a store in use. Throws DocumentProblem, and nothing is left then. */
export async function addAccount (account: Account, surroundings: Surroundings): Promise<void> {
  const { ports } = surroundings
  const user = await createUser(account, '', surroundings)
  try {
    await fillAccount(user, account, '', surroundings)
  } catch (error) {
    await removeAccount(ports, user.id)
    throw error
  }
}

/** Adds a file to an account; `folder` is the name or the id of one of its folders. Resolves with its id. Throws DocumentProblem. */
export async function addFile (file: SeedFile, user: User, surroundings: Surroundings): Promise<string> {
  const { folder: wanted } = file
  const folders = wanted === undefined ? [] : await listFolders(surroundings.ports.sql, user.id)
  const folder = folders.find(({ id }) => id === wanted) ?? folders.find(({ name }) => name === wanted)
  if (wanted !== undefined && folder === undefined) {
    throw new DocumentProblem('/folder', `${user.userName} has no folder ${JSON.stringify(wanted)}; there is ${folders.map(({ name }) => name).join(', ') || 'none'}`)
  }
  return uploadSeedFile(file, folder?.id ?? ROOT_FOLDER, user, '', surroundings)
}

async function createAccount (account: Account, at: string, surroundings: Surroundings): Promise<void> {
  await fillAccount(await createUser(account, at, surroundings), account, at, surroundings)
}

async function fillAccount (user: User, account: Account, at: string, surroundings: Surroundings): Promise<void> {
  const { ports, policy } = surroundings
  const folders = new Map<string, string>()
  /** Names that more than one has. */
  const ambiguous = new Set<string>()
  const requireFolder = (name: string | undefined, pointer: string): string => {
    const id = name === undefined ? ROOT_FOLDER : folders.get(name)
    if (id === undefined) throw new DocumentProblem(pointer, `there is no folder "${name}" before it`)
    if (name !== undefined && ambiguous.has(name)) throw new DocumentProblem(pointer, `two folders before it are called "${name}"`)
    return id
  }

  for (const [i, { name, shared = false, parent }] of (account.folders ?? []).entries()) {
    requireMaxBytes(name, MAX_NAME_BYTES, `${at}/folders/${i}/name`)
    const folder = { id: newShortId(ports.ids), name, isShared: shared, parentId: requireFolder(parent, `${at}/folders/${i}/parent`) }
    const outcome = await addFolder(ports.sql, user.id, folder, ports.clock.now())
    if (outcome !== 'added') throw new DocumentProblem(`${at}/folders/${i}`, `could not be created: ${outcome}`)
    if (folders.has(name)) ambiguous.add(name)
    folders.set(name, folder.id)
  }
  for (const [i, file] of (account.files ?? []).entries()) {
    await uploadSeedFile(file, requireFolder(file.folder, `${at}/files/${i}/folder`), user, `${at}/files/${i}`, surroundings)
  }
  for (const [i, { email, name = '' }] of (account.contacts ?? []).entries()) {
    requireMaxBytes(email, MAX_TEXT_BYTES, `${at}/contacts/${i}/email`)
    requireMaxBytes(name, MAX_CONTACT_NAME_BYTES, `${at}/contacts/${i}/name`)
    await addContact(ports.sql, user.id, { email, name, description: '', type: 0 }, UNLIMITED, ports.clock.now())
  }
  // Last, because nothing can be uploaded to a full disk. The user is read again, because its used space has changed.
  await setAccount(await findUserById(ports.sql, user.id) ?? user, account, { ...ports, policy })
}

async function createUser (account: Account, at: string, { ports, policy }: Surroundings): Promise<User> {
  const { user: userName, password = DEFAULT_PASSWORD, email = `${userName}@example.org`, fullName = 'Demo User' } = account
  const broken = findBrokenRule({ userName, fullName, email, password }, 'people')
  if (broken !== undefined) throw new DocumentProblem(at, broken.sentence)
  const user = await addUser(ports.sql, {
    userName, fullName, email, sealedPassword: sealUserPassword(ports.vault, password), plan: policy.defaultPlan, createdAt: ports.clock.now()
  })
  if (user === undefined) throw new DocumentProblem(`${at}/user`, `the user name ${userName} or the address ${email} is taken`)
  return user
}

async function uploadSeedFile (file: SeedFile, folderId: string, user: User, at: string, surroundings: Surroundings): Promise<string> {
  const { name, content = '', size, description = '', password = '' } = file
  requireMaxBytes(name, MAX_NAME_BYTES, `${at}/name`)
  requireMaxBytes(description, MAX_DESCRIPTION_BYTES, `${at}/description`)
  requireMaxBytes(password, MAX_TEXT_BYTES, `${at}/password`)
  const { ports } = surroundings
  const bytes = Buffer.from(size === undefined ? content : `${name} `)
  const contentLength = size ?? bytes.length
  const ticket = await issueTicket(ports, { userId: user.id, version: '1.0', maxFileSize: Number.MAX_SAFE_INTEGER, speedLimit: 0 }, '', ports.clock.now())
  const { files: [stored], refusal, bug } = await receive({
    method: 'PUT',
    contentType: 'application/octet-stream',
    isOneFile: true,
    contentLength,
    query: new Map(Object.entries({ upload_identifier: ticket.id, userfile: name, description, password, folder_id: folderId })),
    trustedUrl: '',
    locale: '',
    body: repeat(bytes, contentLength)
  }, surroundings)
  if (bug !== undefined) throw asError(bug)
  if (refusal !== undefined || stored === undefined) throw new DocumentProblem(at, `could not be stored: ${refusal?.text ?? ''} ${refusal?.info ?? ''}`.trim())
  return stored.id
}

function requireMaxBytes (text: string, maxBytes: number, pointer: string): void {
  if (!fitsBytes(text, maxBytes)) throw new DocumentProblem(pointer, `expected at most ${maxBytes} bytes, got ${Buffer.byteLength(text)}`)
}

const CHUNK = 1024 * 1024

/** `length` bytes, the same ones again and again: a file of any size fits into memory. */
async function * repeat (bytes: Buffer, length: number): AsyncGenerator<Buffer> {
  const chunk = length <= bytes.length ? bytes : Buffer.alloc(Math.min(length, bytes.length * Math.max(1, Math.floor(CHUNK / bytes.length))), bytes)
  for (let left = length; left > 0; left -= chunk.length) yield chunk.subarray(0, left)
}
