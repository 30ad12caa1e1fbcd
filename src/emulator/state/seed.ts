/** The data that a server starts with: accounts with files, folders and contacts, and their state. */
import { readFile } from 'node:fs/promises'
import { apart, described, DocumentProblem, fields, listed, parseDocument, someText, titled, written, yesOrNo, type Read } from '../../settings/document.ts'
import { size } from '../../settings/kinds.ts'
import { ACCOUNT_STATE, type AccountState } from './account-state.ts'
import { DEMO_SEED } from './demo-seed.ts'

/** `folder` is the name of one in the same seed; `size` fills the file with that many bytes. */
export interface SeedFileFields {
  readonly name: string
  readonly content: string
  readonly size: number
  readonly description: string
  readonly password: string
  readonly folder: string
}

/** `parent` is the name of a folder that comes earlier. */
export interface SeedFolder {
  readonly name: string
  readonly shared: boolean
  readonly parent: string
}

/** Of the address book. */
export interface SeedContact {
  readonly email: string
  readonly name: string
}

/** Of these members some must be there. */
export type WithRequired<T, M extends keyof T> = Partial<T> & Pick<T, M>

/** A file that was read. */
export type SeedFile = WithRequired<SeedFileFields, 'name'>

/** An account and what is in it. */
export interface SeedAccount extends AccountState {
  readonly user: string
  /** Not given: DEFAULT_PASSWORD. */
  readonly password: string
  readonly fullName: string
  readonly email: string
  readonly folders: ReadonlyArray<WithRequired<SeedFolder, 'name'>>
  readonly files: readonly SeedFile[]
  readonly contacts: ReadonlyArray<WithRequired<SeedContact, 'email'>>
}

export interface Seed {
  readonly accounts: ReadonlyArray<WithRequired<SeedAccount, 'user'>>
}

export const DEFAULT_PASSWORD = 'demo'

/** A file of a seed. Throws DocumentProblem. */
export const readSeedFile = titled('SeedFile', apart(fields<SeedFileFields, 'name'>({
  name: someText, content: someText, size: written(size), description: someText, password: someText, folder: someText
}, ['name']), 'content', 'size', 'a file has content or a size, not both'))

/** An account of a seed. Throws DocumentProblem. */
export const readSeedAccount = titled('SeedAccount', fields<SeedAccount, 'user'>({
  ...ACCOUNT_STATE,
  user: someText,
  password: someText,
  fullName: someText,
  email: someText,
  folders: listed(fields<SeedFolder, 'name'>({ name: someText, shared: yesOrNo, parent: someText }, ['name'])),
  files: listed(readSeedFile),
  contacts: listed(fields<SeedContact, 'email'>({ email: someText, name: someText }, ['email']))
}, ['user']))

/** A seed as plain data. Throws DocumentProblem. */
export const readSeed = titled('Seed', fields<Seed, 'accounts'>({ accounts: listed(readSeedAccount) }, ['accounts']))

/** `demo`, `none` or a seed. Not a file: callers must not read the files of this machine. Throws DocumentProblem. */
export const readNamedSeed: Read<Seed> = described<Seed>({ anyOf: [{ enum: ['demo', 'none'], type: 'string' }, readSeed.schema] }, (value, at) => {
  if (typeof value !== 'string') return readSeed(value, at)
  const seed = builtInSeed(value)
  if (seed === undefined) throw new DocumentProblem(at, `expected demo, none or a seed, got ${JSON.stringify(value.slice(0, 60))}`)
  return seed
})

/** `source` is `demo`, `none`, the name of a file, or the seed itself as plain data. Throws DocumentProblem. */
export async function loadSeed (source: string | object): Promise<Seed> {
  if (typeof source === 'object') return readSeed(source, '')
  const named = builtInSeed(source)
  if (named !== undefined) return named
  let text
  try {
    text = await readFile(source, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new DocumentProblem('', `a seed is demo, none or a file of YAML or JSON: ${reason}`)
  }
  try {
    return readSeed(await parseDocument(text), '')
  } catch (error) {
    throw error instanceof DocumentProblem ? new DocumentProblem(error.pointer, `${error.problem} (in the seed ${source})`) : error
  }
}

/** A seed that comes with the emulator. */
export function builtInSeed (name: string): Seed | undefined {
  if (name === 'none') return { accounts: [] }
  if (name === 'demo') return readSeed(DEMO_SEED, '')
}

/** The account that greetings and clients show. */
export function firstAccount ({ accounts: [first] }: Seed): { user: string, password: string } | undefined {
  return first && { user: first.user, password: first.password ?? DEFAULT_PASSWORD }
}

/** The password that a seed gives a user; undefined when it has no such user. */
export function passwordIn ({ accounts }: Seed, user: string): string | undefined {
  const found = accounts.find(account => account.user.toLowerCase() === user.toLowerCase())
  return found && (found.password ?? DEFAULT_PASSWORD)
}

/** Every text of a seed: names, addresses, descriptions. */
export function textsOf (seed: unknown): string[] {
  if (typeof seed === 'string') return [seed]
  return typeof seed === 'object' && seed !== null ? Object.values(seed).flatMap(textsOf) : []
}
