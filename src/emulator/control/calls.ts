/** The control plane: what tests set and ask, as JSON under `/_emulator/v1/`. */
import type { StoredFile } from '../../domain/files/file.ts'
import type { User } from '../../domain/accounts/user.ts'
import { fields, yesOrNo } from '../../settings/document.ts'
import { nearest } from '../../settings/nearest.ts'
import { findFile } from '../../store/files/files.ts'
import { listAllFiles } from '../../store/operations/overview.ts'
import { ageSession, findSession, listSessions } from '../../store/accounts/sessions.ts'
import { findUser, listUsers } from '../../store/accounts/users.ts'
import { describeAccount, readAccountState, setAccount } from '../state/account-state.ts'
import { CLOCK_ROUTES } from './clock-calls.ts'
import { ControlProblem } from '../control-problem.ts'
import { FAULT_ROUTES } from './fault-calls.ts'
import { JOURNAL_ROUTES } from './journal-calls.ts'
import { answerOpenapi } from './openapi.ts'
import type { Asked, Routes, Takes, ControlledServer } from './call.ts'
import { SANDBOX_ROUTES } from './sandbox-calls.ts'
import { STATE_ROUTES } from './state-calls.ts'
import { describeSystem, readSystemState, setSystem } from '../state/system-state.ts'

const MAX_SHOWN = 1000

const readFileState = fields({ available: yesOrNo })

/** By path below `/_emulator/v1`, then by verb. */
export const ROUTES: Routes = {
  '/openapi.json': { GET: answerOpenapi },
  '/health': {
    GET: async (_asked, { ports, version }) => ({ status: 'ok', version, now: new Date(ports.clock.now()).toISOString() })
  },
  '/accounts': {
    GET: async (_asked, world) => Promise.all((await listUsers(world.ports.sql)).map(user => describeAccount(user, spread(world))))
  },
  '/accounts/:user': {
    GET: async ({ item }, world) => describeAccount(await requireUser(item, world), spread(world)),
    async PATCH ({ item, body }, world) {
      await setAccount(await requireUser(item, world), readAccountState(body, ''), spread(world))
      return describeAccount(await requireUser(item, world), spread(world))
    }
  },
  '/system': {
    GET: async (_asked, { ports, policy }) => describeSystem(ports, policy),
    async PATCH ({ body }, { ports, policy }) {
      await setSystem(readSystemState(body, ''), ports, policy)
      return describeSystem(ports, policy)
    }
  },
  '/sessions/:key/expire': {
    async POST ({ item }, { ports, policy }) {
      if (await findSession(ports.sql, item) === undefined) throw new ControlProblem(404, 'there is no such session', 'give the session_key that auth.login answered')
      await ageSession(ports.sql, item, ports.clock.now() - policy.sessionIdle)
      return { state: 'expired' }
    }
  },
  '/sessions': {
    GET: async (_asked, { ports, policy }) => (await listSessions(ports.sql, MAX_SHOWN)).map(({ user, version, lastUsedAt }) =>
      ({ user, version, lastUsedAt: new Date(Math.min(lastUsedAt, ports.clock.now())).toISOString(), expired: lastUsedAt + policy.sessionIdle <= ports.clock.now() }))
  },
  '/files': {
    GET: async (_asked, world) => (await listAllFiles(world.ports.sql, 'newest', undefined, MAX_SHOWN))
      .map(({ file, owner }) => ({ ...describeFile(file, world), owner }))
  },
  '/files/:id': {
    GET: async ({ item }, world) => describeFile(await requireFile(item, world), world),
    async PATCH ({ item, body }, world) {
      const file = await requireFile(item, world)
      const { available } = readFileState(body, '')
      if (available !== undefined) world.blobs.hide(file.blobId, !available)
      return describeFile(file, world)
    }
  },
  ...FAULT_ROUTES,
  ...CLOCK_ROUTES,
  ...JOURNAL_ROUTES,
  ...STATE_ROUTES,
  ...SANDBOX_ROUTES
}

/** A request as the front has it: `path` is what follows `/_emulator/v1`, `read` gives its body as an action takes it. */
export interface ControlCall extends Pick<Asked, 'request' | 'url'> {
  readonly verb: string
  readonly path: string
  read (takes: Takes | undefined): Promise<unknown>
}

/** Finds the action of a request and does it: what is answered as JSON, or Answered. */
export async function control ({ verb, path, read, ...call }: ControlCall, world: ControlledServer): Promise<unknown> {
  for (const [pattern, verbs] of Object.entries(ROUTES)) {
    const found = new RegExp(`^${pattern.replace(/:\w+/, '([^/]+)')}$`).exec(path)
    if (found === null) continue
    const action = verbs[verb]
    if (action === undefined) throw new ControlProblem(405, `${pattern} does not know ${verb}`, `it knows ${Object.keys(verbs).join(', ')}`)
    return action({ item: readItem(found[1] ?? ''), body: await read(action.takes), ...call }, world)
  }
  const meant = nearest(path, Object.keys(ROUTES))
  throw new ControlProblem(404, `there is no ${path}`, meant === undefined ? `there is ${Object.keys(ROUTES).join(', ')}` : `did you mean ${meant}?`)
}

function readItem (text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new ControlProblem(400, 'the path has a % that encodes nothing', 'write a % itself as %25')
  }
}

const spread = ({ ports, policy }: ControlledServer) => ({ sql: ports.sql, clock: ports.clock, policy })

async function requireUser (name: string, { ports }: ControlledServer): Promise<User> {
  const user = await findUser(ports.sql, name)
  if (user !== undefined) return user
  const names = (await listUsers(ports.sql)).map(({ userName }) => userName)
  const meant = nearest(name, names)
  throw new ControlProblem(404, `there is no account "${name}"`, meant === undefined ? `there is ${names.join(', ') || 'none'}` : `did you mean ${meant}?`)
}

async function requireFile (id: string, { ports }: ControlledServer): Promise<StoredFile> {
  const file = await findFile(ports.sql, id)
  if (file === undefined) throw new ControlProblem(404, `there is no file "${id}"`, 'give the six letters and digits of file_id')
  return file
}

const describeFile = ({ id, name, size, downloads, blobId }: StoredFile, { blobs }: ControlledServer) =>
  ({ id, name, size, downloads, available: !blobs.isHidden(blobId) })
