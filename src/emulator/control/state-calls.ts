/** Control calls of the state: reset, seeds, snapshots, repeatable ids and the outbox. */
import { fields, orNull } from '../../settings/document.ts'
import { listMails } from '../../store/operations/mails.ts'
import { readSchemaVersion } from '../../store/operations/migrate.ts'
import { readNamedSeed } from '../state/seed.ts'
import { readIdSeed, type IdSeed } from '../state/seeded-ids.ts'
import { requireSnapshot } from '../state/server-state.ts'
import { blobsOf, type Snapshot } from '../state/snapshot.ts'
import { packSnapshot, unpackSnapshot } from '../state/snapshot-archive.ts'
import { either, list, number, object, orNull as shapeOrNull, text, time, whole } from './answer-shape.ts'
import { defineCall, streamBody } from './control-call.ts'
import { pathName } from './path-name.ts'

const TAR = 'application/x-tar'

const SNAPSHOT = object({ name: text, takenAt: time, accounts: whole, files: whole, bytes: whole }, 'Snapshot')
const ID_SEED = object({ seed: shapeOrNull(either(text, number), 'null: ids are random') }, 'IdSeed')

export const LIST_OUTBOX = defineCall({
  name: 'listMails',
  verb: 'GET',
  path: '/outbox',
  answer: list(object({ to: text, subject: text, text, html: text }, 'Mail')),
  about: 'Lists the mails, oldest first.',
  async handle ({ server: { ports, deliver } }) {
    await deliver()
    return (await listMails(ports.sql, ports.vault)).map(({ to, subject, text, html }) => ({ to, subject, text, html }))
  }
})

const SNAPSHOT_CALLS = [
  defineCall({
    name: 'listSnapshots',
    verb: 'GET',
    path: '/snapshots',
    answer: list(SNAPSHOT),
    about: 'Lists the snapshots.',
    handle: ({ server: { state } }) => [...state.snapshots].map(([name, snapshot]) => describeSnapshot(name, snapshot))
  }),
  defineCall({
    name: 'saveSnapshot',
    verb: 'POST',
    path: '/snapshots',
    answer: SNAPSHOT,
    about: 'Saves the state under a name.',
    body: { read: fields<{ name: string }, 'name'>({ name: pathName }, ['name']), example: { name: 'before' } },
    status: 201,
    handle: async ({ body: { name }, server: { state } }) => describeSnapshot(name, await state.save(name))
  }),
  defineCall({
    name: 'downloadSnapshot',
    verb: 'GET',
    path: '/snapshots/:name',
    about: 'Downloads a snapshot.',
    answerType: TAR,
    failures: [404],
    async handle ({ item, server: { state, sharedBlobs, ports } }) {
      const snapshot = requireSnapshot(item, state.snapshots)
      return packSnapshot(snapshot, await readSchemaVersion(ports.sql), sharedBlobs.viewFor(snapshot))
    }
  }),
  defineCall({
    name: 'uploadSnapshot',
    verb: 'PUT',
    path: '/snapshots/:name',
    answer: SNAPSHOT,
    about: 'Uploads a snapshot of an emulator of the same version.',
    find: name => pathName(name, ''),
    body: { as: 'stream', type: TAR, read: streamBody },
    status: 201,
    failures: [413],
    async handle ({ item, body, server: { state, sharedBlobs, ports } }) {
      const snapshot = await unpackSnapshot(body, await readSchemaVersion(ports.sql), sharedBlobs.viewFor(body), ports.ids)
      await state.importSnapshot(item, snapshot)
      return describeSnapshot(item, snapshot)
    }
  }),
  defineCall({
    name: 'deleteSnapshot',
    verb: 'DELETE',
    path: '/snapshots/:name',
    about: 'Deletes a snapshot.',
    status: 204,
    failures: [404],
    handle: ({ item, server: { state } }) => state.delete(item)
  }),
  defineCall({
    name: 'restoreSnapshot',
    verb: 'POST',
    path: '/snapshots/:name/restore',
    about: 'Restores the state of a snapshot.',
    status: 204,
    failures: [404],
    handle: ({ item, server: { state } }) => state.restore(item)
  })
]

export const STATE_CALLS = [
  defineCall({
    name: 'reset',
    verb: 'POST',
    path: '/reset',
    about: 'Restores the state that the seed created.',
    status: 204,
    handle: ({ server: { state } }) => state.reset()
  }),
  defineCall({
    name: 'seed',
    verb: 'POST',
    path: '/seed',
    about: 'Replaces everything by a seed, as YAML or JSON; demo and none are named seeds.',
    body: { as: 'yaml', read: readNamedSeed, example: { accounts: [{ user: 'carol', files: [{ name: 'note.txt', content: 'hello' }] }] } },
    status: 204,
    handle: async ({ body, server: { state } }) => state.seed(body)
  }),
  ...SNAPSHOT_CALLS,
  defineCall({
    name: 'getIds',
    verb: 'GET',
    path: '/ids',
    answer: ID_SEED,
    about: 'Shows the seed of repeatable ids; null: ids are random.',
    handle: ({ server: { ids } }) => describeIds(ids.state().seed)
  }),
  defineCall({
    name: 'repeatIds',
    verb: 'PUT',
    path: '/ids',
    answer: ID_SEED,
    about: 'Makes keys and ids repeatable: they are the same after each call with this seed. null makes them random.',
    body: { read: fields<{ seed: IdSeed | null }, 'seed'>({ seed: orNull(readIdSeed) }, ['seed']), example: { seed: 42 } },
    handle ({ body: { seed }, server: { ids } }) {
      ids.seed(seed ?? undefined)
      return describeIds(ids.state().seed)
    }
  }),
  LIST_OUTBOX
]

const describeIds = (seed: IdSeed | undefined) => ({ seed: seed ?? null })

function describeSnapshot (name: string, { takenAt, tables }: Snapshot) {
  const bytes = (tables.files ?? []).reduce((sum, { size }) => sum + Number(size), 0)
  return { name, takenAt: new Date(takenAt).toISOString(), accounts: tables.users?.length ?? 0, files: blobsOf(tables).length, bytes }
}
