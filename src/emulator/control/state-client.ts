/** Accounts, system, sessions and files of a server, for tests in the same process: each member performs a control call. */
import type { AccountDescription } from '../state/account-state.ts'
import type { AccountInput, FileInput, NewAccountInput, SystemInput } from '../state/state-input.ts'
import type { SystemDescription } from '../state/system-state.ts'
import { findCall } from './calls.ts'
import type { CallContext } from './control-call.ts'

/** The visible data of a session. */
export interface SessionDescription {
  readonly user: string
  readonly version: string
  readonly lastUsedAt: string
  readonly expired: boolean
}

/** The visible data of a file; `size` in bytes. */
export interface FileDescription {
  readonly id: string
  readonly name: string
  readonly size: number
  readonly downloads: number
  /** Whether its bytes can be read. */
  readonly available: boolean
}

/** Members reject with an explanation for unknown items, and for impossible states. */
export interface StateClient {
  /** Accounts, as control calls take and show them. Rejects with an explanation for one that does not exist. */
  readonly accounts: {
    list (): Promise<readonly AccountDescription[]>
    get (user: string): Promise<AccountDescription>
    /** Adds an account with its folders, files and contacts; a reset removes it. */
    add (account: NewAccountInput): Promise<AccountDescription>
    /** Missing members stay unchanged. */
    set (user: string, state: AccountInput): Promise<AccountDescription>
  }
  /** The state of the whole server. */
  readonly system: {
    get (): Promise<SystemDescription>
    /** Missing members stay unchanged. */
    set (state: SystemInput): Promise<SystemDescription>
  }
  /** Sessions by the keys that auth.login returns. */
  readonly sessions: {
    list (): Promise<readonly SessionDescription[]>
    /** Expires the session as if it had been idle. */
    expire (sessionKey: string): Promise<void>
  }
  /** Files by their ids. */
  readonly files: {
    /** Newest first, at most 1000. */
    list (): Promise<ReadonlyArray<FileDescription & { readonly owner: string | null }>>
    get (id: string): Promise<FileDescription>
    /** Adds a file to an account; a reset removes it. */
    add (user: string, file: FileInput): Promise<FileDescription>
    /** `available`: whether its bytes can be read. */
    set (id: string, state: { readonly available: boolean }): Promise<FileDescription>
  }
}

/** `context` is the context of the calls. */
export function createStateClient (context: CallContext): StateClient {
  /** Performs the call at a path in this process, with its checks. The body is converted as JSON would: dates become texts. */
  async function ask<Answer> (verb: string, path: string, sent: object = {}): Promise<Answer> {
    const { call, name } = findCall(verb, path)
    const item = call.find === undefined ? name : await call.find(name, context)
    const body = call.body?.read(JSON.parse(JSON.stringify(sent)), '')
    return await call.handle({ ...context, item, query: undefined, body }) as Answer
  }
  const at = (folder: string, name: string): string => `/${folder}/${encodeURIComponent(name)}`

  return {
    accounts: {
      list: () => ask('GET', '/accounts'),
      get: user => ask('GET', at('accounts', user)),
      add: account => ask('POST', '/accounts', account),
      set: (user, state) => ask('PATCH', at('accounts', user), state)
    },
    system: {
      get: () => ask('GET', '/system'),
      set: state => ask('PATCH', '/system', state)
    },
    sessions: {
      list: () => ask('GET', '/sessions'),
      expire: async sessionKey => { await ask('POST', `${at('sessions', sessionKey)}/expire`) }
    },
    files: {
      list: () => ask('GET', '/files'),
      get: id => ask('GET', at('files', id)),
      add: (user, file) => ask('POST', `${at('accounts', user)}/files`, file),
      set: (id, state) => ask('PATCH', at('files', id), state)
    }
  }
}
