/** Reset, seeds, snapshots, repeatable ids and the outbox by control calls. */
import { fields, orNull, parseDocument, someText } from '../../settings/document.ts'
import { listMails } from '../../store/operations/mails.ts'
import { readSchemaVersion } from '../../store/operations/migrate.ts'
import { readNamedSeed } from '../state/seed.ts'
import { readIdSeed, type IdSeed } from '../state/seeded-ids.ts'
import { requireSnapshot } from '../state/server-state.ts'
import { blobsOf, type Snapshot } from '../state/snapshot.ts'
import { packSnapshot, unpackSnapshot } from '../state/snapshot-archive.ts'
import { defineCall, streamBody } from './control-call.ts'
import { pathName } from './path-name.ts'

const TAR = 'application/x-tar'

export const LIST_OUTBOX = defineCall({
  verb: 'GET',
  path: '/outbox',
  about: 'Lists the mails that were written, oldest first.',
  async handle ({ server: { ports, deliver } }) {
    await deliver()
    return (await listMails(ports.sql, ports.vault)).map(({ to, subject, text, html }) => ({ to, subject, text, html }))
  }
})

const SNAPSHOT_CALLS = [
  defineCall({
    verb: 'GET',
    path: '/snapshots',
    about: 'Lists the snapshots that are kept.',
    handle: ({ server: { state } }) => [...state.snapshots].map(([name, snapshot]) => describeSnapshot(name, snapshot))
  }),
  defineCall({
    verb: 'POST',
    path: '/snapshots',
    about: 'Saves the state under a name.',
    body: { read: fields<{ name: string }, 'name'>({ name: pathName }, ['name']), example: { name: 'before' } },
    status: 201,
    handle: async ({ body: { name }, server: { state } }) => describeSnapshot(name, await state.save(name))
  }),
  defineCall({
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
    verb: 'PUT',
    path: '/snapshots/:name',
    about: 'Uploads a snapshot that an emulator of the same version wrote.',
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
    verb: 'DELETE',
    path: '/snapshots/:name',
    about: 'Deletes a snapshot.',
    status: 204,
    failures: [404],
    handle: ({ item, server: { state } }) => state.delete(item)
  }),
  defineCall({
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
    verb: 'POST',
    path: '/reset',
    about: 'Restores the state that the seed created.',
    body: { read: () => undefined, example: {} },
    status: 204,
    handle: ({ server: { state } }) => state.reset()
  }),
  defineCall({
    verb: 'POST',
    path: '/seed',
    about: 'Replaces everything by a seed, as YAML or JSON: demo, none, or accounts.',
    body: { as: 'text', read: someText, example: { accounts: [{ user: 'carol', files: [{ name: 'note.txt', content: 'hello' }] }] } },
    status: 204,
    handle: async ({ body, server: { state } }) => state.seed(readNamedSeed(await parseDocument(body), ''))
  }),
  ...SNAPSHOT_CALLS,
  defineCall({
    verb: 'GET',
    path: '/ids',
    about: 'Shows the seed of repeatable ids; null: ids are random.',
    handle: ({ server: { ids } }) => describeIds(ids.state().seed)
  }),
  defineCall({
    verb: 'PUT',
    path: '/ids',
    about: 'Makes keys and ids repeat: they are the same after each call with this seed. null makes them random.',
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
