/** Sets up states: with an account that is in the state, a command or request of the target file, its hook, or the emulator's control calls. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { State } from '../check.ts'
import { BrokenMeans, Untested } from '../check-problems.ts'
import { control } from '../target/emulator-control.ts'
import type { Account, StateMeans } from '../target/target-file.ts'
import type { RunContext } from './run-context.ts'

/** `before` gets the account before it enters the state; it does not run for an account of the target file that is always in it. */
export type InState = <T>(context: RunContext, state: State, play: (account: Account) => Promise<T>, before?: (account: Account) => Promise<void>) => Promise<T>

/** States of the whole server: nothing else runs meanwhile. */
export const SERVER_STATES: ReadonlySet<State> = new Set<State>([
  'maintenance', 'uploads-paused', 'downloads-paused', 'registration-closed', 'anonymous-closed', 'min-app-version', 'small-max', 'delete-by-get', 'restart'
])

/** States that were needed and could not be set up, for the template at the end. */
export interface MissedStates {
  readonly inState: InState
  readonly missed: ReadonlySet<State>
}

const DAY = 24 * 60 * 60 * 1000

/** Bodies for the emulator's `PATCH /accounts/USER` and `PATCH /system`, and what undoes the latter. */
const EMULATED_ACCOUNTS: Readonly<Partial<Record<State, () => object>>> = {
  'membership-over': () => ({ membership: { type: 'Pro', ends: new Date(Date.now() - DAY).toISOString() } }),
  'membership-dated': () => ({ membership: { type: 'Pro', ends: new Date(Date.now() + 30 * DAY).toISOString() } }),
  endless: () => ({ membership: { type: 'Pro', ends: null } }),
  lite: () => ({ membership: { type: 'Lite' } }),
  max: () => ({ membership: { type: 'Max' } }),
  'disk-full': () => ({ diskspace: { limit: 0 } }),
  'disk-limited': () => ({ membership: { type: 'Pro' }, diskspace: { limit: 100_000 } }),
  'bandwidth-over': () => ({ bandwidth: { limit: 0 } }),
  'bandwidth-limited': () => ({ membership: { type: 'Pro' }, bandwidth: { limit: 100_000 } }),
  'sessions-full': () => ({ maxSessions: 1 }),
  'contacts-full': () => ({ maxContacts: 1 }),
  'no-capabilities': () => ({ capabilities: { upload: 0, download: 0, folders: 0, files: 0 } }),
  'https-forbidden': () => ({ https: 'forbidden' }),
  disabled: () => ({ disabled: true })
}
const EMULATED_ACCOUNT = {
  membership: { ends: null }, diskspace: { limit: null }, bandwidth: { limit: null }, maxSessions: null, maxContacts: null, capabilities: null, https: 'allowed', disabled: false
}
const EMULATED_SYSTEM: Readonly<Partial<Record<State, readonly [set: object, undo: object]>>> = {
  maintenance: [{ maintenance: true }, { maintenance: false }],
  'uploads-paused': [{ uploads: 'temp_error' }, { uploads: 'on' }],
  'downloads-paused': [{ downloads: 'temp_error' }, { downloads: 'on' }],
  'registration-closed': [{ registration: 'closed' }, { registration: 'open' }],
  'min-app-version': [{ minAppVersion: '2.0' }, { minAppVersion: null }]
}

export function createStates (): MissedStates {
  const missed = new Set<State>()

  const inState: InState = async (context, state, play, before) => {
    const means = context.target.states[state]
    if (means !== undefined) return byFile(context, state, means, play, before)
    const emulated = EMULATED_ACCOUNTS[state]
    const system = EMULATED_SYSTEM[state]
    if (context.target.control !== undefined && emulated !== undefined) {
      const account = await context.register()
      await before?.(account)
      await control(context, 'PATCH', `/accounts/${account.user}`, emulated())
      try {
        return await play(account)
      } finally {
        // So that things created in the account can be removed.
        await control(context, 'PATCH', `/accounts/${account.user}`, EMULATED_ACCOUNT)
      }
    }
    if (context.target.control !== undefined && state === 'session-idle') {
      const account = await context.register()
      await before?.(account)
      for (const key of context.keysOf(account)) await control(context, 'POST', `/sessions/${key}/expire`, {})
      return play(account)
    }
    if (context.target.control !== undefined && system !== undefined) {
      await before?.(mainOf(context))
      await control(context, 'PATCH', '/system', system[0])
      try {
        return await play(mainOf(context))
      } finally {
        await control(context, 'PATCH', '/system', system[1])
      }
    }
    if (context.target.hook !== undefined) return byHook(context, context.target.hook, state, play, before)
    missed.add(state)
    throw new Untested(`the state ${state} cannot be set up: see states in the target file`)
  }

  async function byHook<T> (context: RunContext, hook: string, state: State, play: (account: Account) => Promise<T>, before?: (account: Account) => Promise<void>): Promise<T> {
    const account = mainOf(context)
    await before?.(account)
    const ask = (action: string) => fetch(hook, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ state, action, user: account.user }), signal: AbortSignal.timeout(context.target.limits.timeout)
    }).catch((error: unknown) => { throw new BrokenMeans(`the hook does not answer for ${state}: ${error instanceof Error ? error.message : String(error)}`) })
    const { status } = await ask('set')
    if (status === 404) {
      missed.add(state)
      throw new Untested(`the hook does not know the state ${state}`)
    }
    if (status !== 200) throw new BrokenMeans(`the hook answered ${status} to ${state}`)
    const played = await play(account).then(value => ({ value }), (error: unknown) => ({ error }))
    const undone = (await ask('undo')).status
    if (undone !== 200) throw new BrokenMeans(`the hook answered ${undone} when undoing ${state}`)
    if ('error' in played) throw played.error
    return played.value
  }

  return { inState, missed }
}

function mainOf ({ target: { accounts } }: RunContext): Account {
  if (accounts.main === undefined) throw new Untested('there is no account main in the target file')
  return accounts.main
}

async function byFile<T> (
  context: RunContext, state: State, { account, run, request, undo }: StateMeans, play: (account: Account) => Promise<T>, before?: (account: Account) => Promise<void>
): Promise<T> {
  const actor = account === undefined ? mainOf(context) : context.target.accounts[account]
  if (actor === undefined) throw new BrokenMeans(`there is no account ${account ?? ''}`)
  const act = (words: string | undefined): Promise<void> => words === undefined ? Promise.resolve() : request === undefined ? runCommand(state, words) : sendRequest(state, words, context.target.limits.timeout)
  if (account === undefined) await before?.(actor)
  await act(run ?? request)
  try {
    return await play(actor)
  } finally {
    await act(undo)
  }
}

async function runCommand (state: State, command: string): Promise<void> {
  await promisify(execFile)('/bin/sh', ['-c', command], { timeout: 60_000 }).catch((error: unknown) => {
    throw new BrokenMeans(`the command for ${state} failed: ${error instanceof Error ? error.message : String(error)}`)
  })
}

/** `VERB URL`. */
async function sendRequest (state: State, words: string, timeout: number): Promise<void> {
  const [method = '', url = ''] = words.split(' ')
  const status = await fetch(url, { method, signal: AbortSignal.timeout(timeout) }).then(answer => answer.status, (error: unknown) => String(error))
  if (typeof status === 'string' || status >= 300) throw new BrokenMeans(`${words} for ${state} answered ${status}`)
}
