/** Reset, seeds, snapshots, repeatable ids and the outbox by control calls. */
import { DocumentProblem, fields, orNull, parseDocument, someText, type Read } from '../../settings/document.ts'
import { listMails } from '../../store/operations/mails.ts'
import { readSchemaVersion } from '../../store/operations/migrate.ts'
import { Answered, taking, type Routes } from './call.ts'
import { readSeed } from '../state/seed.ts'
import type { IdSeed } from '../state/seeded-ids.ts'
import { packSnapshot, unpackSnapshot } from '../state/snapshot-archive.ts'
import { blobsOf, missingSnapshot, type Snapshot } from '../state/server-state.ts'

/** Also of sandboxes: it stands in a path. */
export const shortName: Read<string> = (value, at) => {
  if (typeof value === 'string' && /^[a-z0-9][a-z0-9_-]{0,39}$/i.test(value)) return value
  throw new DocumentProblem(at, 'expected up to 40 letters, digits, - and _')
}

export const seedOfIds: Read<IdSeed> = (value, at) => typeof value === 'number' ? value : someText(value, at)

const readName = fields<{ name: string }, 'name'>({ name: shortName }, ['name'])
const readIds = fields<{ seed: IdSeed | null }, 'seed'>({ seed: orNull(seedOfIds) }, ['seed'])

export const STATE_ROUTES: Routes = {
  '/reset': {
    async POST (_asked, { state }) {
      await state.reset()
      return new Answered(204)
    }
  },
  '/seed': {
    POST: taking('text', async ({ body }, { state }) => {
      await state.seed(readSeed(await parseDocument(String(body)), ''))
      return new Answered(204)
    })
  },
  '/snapshots': {
    GET: async (_asked, { state }) => [...state.kept].map(([name, snapshot]) => describeSnapshot(name, snapshot)),
    async POST ({ body }, { state }) {
      const { name } = readName(body, '')
      return new Answered(201, describeSnapshot(name, await state.save(name)))
    }
  },
  '/snapshots/:name': {
    async GET ({ item }, { state, shared, ports }) {
      const snapshot = state.kept.get(item)
      if (snapshot === undefined) throw missingSnapshot(item, state.kept)
      return new Answered(200, packSnapshot(snapshot, await readSchemaVersion(ports.sql), shared.viewFor(snapshot)), 'application/x-tar')
    },
    PUT: taking('stream', async ({ item, request }, { state, shared, ports }) => {
      const name = shortName(item, '')
      const snapshot = await unpackSnapshot(request, await readSchemaVersion(ports.sql), shared.viewFor(request), ports.ids)
      await state.adopt(name, snapshot)
      return new Answered(201, describeSnapshot(name, snapshot))
    }),
    async DELETE ({ item }, { state }) {
      if (!await state.drop(item)) throw missingSnapshot(item, state.kept)
      return new Answered(204)
    }
  },
  '/snapshots/:name/restore': {
    async POST ({ item }, { state }) {
      await state.restore(item)
      return new Answered(204)
    }
  },
  '/ids': {
    GET: async (_asked, { ids }) => describeIds(ids.state().seed),
    async PUT ({ body }, { ids }) {
      ids.seed(readIds(body, '').seed ?? undefined)
      return describeIds(ids.state().seed)
    }
  },
  '/outbox': {
    async GET (_asked, { ports, deliver }) {
      await deliver()
      return (await listMails(ports.sql, ports.vault)).map(({ to, subject, text, html }) => ({ to, subject, text, html }))
    }
  }
}

const describeIds = (seed: IdSeed | undefined) => ({ seed: seed ?? null })

function describeSnapshot (name: string, { takenAt, tables }: Snapshot) {
  const bytes = (tables.files ?? []).reduce((sum, { size }) => sum + Number(size), 0)
  return { name, takenAt: new Date(takenAt).toISOString(), accounts: tables.users?.length ?? 0, files: blobsOf(tables).length, bytes }
}
