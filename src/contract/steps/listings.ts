/** Listings as attributes, and the current state of one thing. */
import type { Actor } from '../run/actor.ts'
import type { Reply } from '../client/reply.ts'
import { childrenOf } from '../client/xml.ts'

export type Attributes = Readonly<Record<string, string>>

export const filesOf = ({ result }: Reply): readonly Attributes[] => childrenOf(result, 'file').map(({ attributes }) => attributes)
export const foldersOf = ({ result }: Reply): readonly Attributes[] => childrenOf(result, 'folder').map(({ attributes }) => attributes)
export const idsIn = (listed: readonly Attributes[]): readonly string[] => listed.map(({ id = '' }) => id)
/** The texts of all `<id>`; a well-formed answer has at most one. */
export const repeatedIds = ({ result }: Reply): readonly string[] => childrenOf(result, 'id').map(({ text }) => text)

/** The failed parts of a call, as `9: abc123,abc124`. */
export const failuresOf = ({ result }: Reply): readonly string[] =>
  childrenOf(result, 'error').map(({ attributes: { code = '', id = '' } }) => `${code}: ${id}`)

export interface Seen {
  readonly reply: Reply
  /** {} when it does not exist. */
  readonly now: Attributes
}

export async function seeFile (actor: Actor, id: string): Promise<Seen> {
  const reply = await actor.call('files.getInfo', { file_id: id })
  return { reply, now: filesOf(reply)[0] ?? {} }
}

export async function seeFolder (actor: Actor, id: string): Promise<Seen> {
  const reply = await actor.call('folders.getInfo', { folder_id: id })
  return { reply, now: foldersOf(reply)[0] ?? {} }
}

/** The attributes that differ, as `name "a" instead of "b"`; '' for none. */
export const differences = (now: Attributes, wanted: Attributes): string =>
  Object.entries(wanted).filter(([name, value]) => now[name] !== value).map(([name, value]) => `${name} "${now[name] ?? 'nothing'}" instead of "${value}"`).join(', ')

/** A random file or folder id, which almost certainly does not exist. */
export const unknownId = (): string => Math.floor(Math.random() * 36 ** 6).toString(36).padStart(6, '0')
