/** Control calls of the whole server and its files. */
import { REGISTRATIONS } from '../../domain/accounts/registration.ts'
import type { StoredFile } from '../../domain/files/file.ts'
import { fields, yesOrNo } from '../../settings/document.ts'
import { findFile } from '../../store/files/files.ts'
import { listAllFiles } from '../../store/operations/overview.ts'
import { ControlProblem } from '../control-problem.ts'
import type { EmulatedServer } from '../emulated-server.ts'
import { readSeedFile } from '../state/seed.ts'
import { describeSystem, readSystemState, setSystem } from '../state/system-state.ts'
import { either, list, object, oneOf, orNull, text, time, truth, whole } from './answer-shape.ts'
import { requireUser } from './account-calls.ts'
import { defineCall, type CallContext } from './control-call.ts'

const MAX_SHOWN = 1000

const TRANSFERS = oneOf('on', 'temp_error')

const SYSTEM = object({
  maintenance: truth,
  uploads: TRANSFERS,
  downloads: TRANSFERS,
  registration: oneOf(...REGISTRATIONS),
  minAppVersion: orNull(text, 'null: any'),
  apiKeys: either(oneOf('any'), list(text)),
  limitsAttempts: truth
}, 'System')

const FILE_MEMBERS = { id: text, name: text, size: whole, downloads: whole, available: truth }
const FILE = object(FILE_MEMBERS, 'File')

export const HEALTH = defineCall({
  name: 'getHealth',
  verb: 'GET',
  path: '/health',
  about: 'Shows that the server runs, its version and its time.',
  answer: object({ status: oneOf('ok'), version: text, now: time }, 'Health'),
  handle: ({ server: { ports, version } }) => ({ status: 'ok' as const, version, now: new Date(ports.clock.now()).toISOString() })
})

export const SYSTEM_CALLS = [
  defineCall({
    name: 'getSystem',
    verb: 'GET',
    path: '/system',
    answer: SYSTEM,
    about: 'Shows the state of the whole server.',
    handle: ({ server: { ports, policy } }) => describeSystem(ports, policy)
  }),
  defineCall({
    name: 'changeSystem',
    verb: 'PATCH',
    path: '/system',
    answer: SYSTEM,
    about: 'Changes the state of the whole server. Missing members stay unchanged.',
    body: {
      read: readSystemState,
      example: { maintenance: true, uploads: 'temp_error', downloads: 'temp_error', registration: 'closed', minAppVersion: '2.0', apiKeys: ['RESPACE001'], limitsAttempts: true }
    },
    async handle ({ body, server: { ports, policy } }) {
      await setSystem(body, ports, policy)
      return describeSystem(ports, policy)
    }
  })
]

export const FILE_CALLS = [
  defineCall({
    name: 'listFiles',
    verb: 'GET',
    path: '/files',
    about: 'Lists files, the newest first, at most 1000.',
    answer: list(object({ ...FILE_MEMBERS, owner: orNull(text, 'null: nobody, it is anonymous') }, 'OwnedFile')),
    handle: async ({ server }) => (await listAllFiles(server.ports.sql, 'newest', undefined, MAX_SHOWN)).map(({ file, owner }) => ({ ...describeFile(file, server), owner }))
  }),
  defineCall({
    name: 'addFile',
    verb: 'POST',
    path: '/accounts/:user/files',
    answer: FILE,
    about: 'Adds a file to an account, as in a seed; folder is the name or the id of one of its folders. A reset removes it.',
    find: requireUser,
    body: { as: 'document', read: readSeedFile, example: { name: 'big.bin', size: '5 MiB', description: 'a film' } },
    status: 201,
    failures: [404],
    handle: async ({ item, body, server, ...context }) => describeFile(await requireFile(await server.state.addFile(body, item), { server, ...context }), server)
  }),
  defineCall({
    name: 'getFile',
    verb: 'GET',
    path: '/files/:id',
    answer: FILE,
    about: 'Shows a file.',
    find: requireFile,
    failures: [404],
    handle: ({ item, server }) => describeFile(item, server)
  }),
  defineCall({
    name: 'changeFile',
    verb: 'PATCH',
    path: '/files/:id',
    answer: FILE,
    about: 'Sets whether the bytes of a file can be read.',
    find: requireFile,
    body: { read: fields<{ available: boolean }>({ available: yesOrNo }), example: { available: false } },
    failures: [404],
    handle ({ item, body: { available }, server }) {
      if (available !== undefined) server.blobs.hide(item.blobId, !available)
      return describeFile(item, server)
    }
  })
]

async function requireFile (id: string, { server }: CallContext): Promise<StoredFile> {
  const file = await findFile(server.ports.sql, id)
  if (file === undefined) throw new ControlProblem(404, `there is no file "${id}"`, 'give a file_id: six letters and digits')
  return file
}

const describeFile = ({ id, name, size, downloads, blobId }: StoredFile, { blobs }: EmulatedServer) =>
  ({ id, name, size, downloads, available: !blobs.isHidden(blobId) })
