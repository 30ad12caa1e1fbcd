/** A snapshot as one file that goes from one emulator to another: a tar of `snapshot.json` and the bytes of each file. */
import { Readable } from 'node:stream'
import { newUploadId } from '../domain/identifiers.ts'
import type { RegistrationMode } from '../domain/registration.ts'
import type { Blobs, Ids, SqlRow } from '../ports.ts'
import { ControlProblem } from './control-problem.ts'
import { blobsOf, type Snapshot, type Tables } from './state.ts'
import { readTar, writeTar, type TarEntry } from './tar.ts'

const DESCRIPTION = 'snapshot.json'
/** Rows of a hundred thousand files, and more. */
const LARGEST_DESCRIPTION = 256 * 1024 * 1024

/** What `snapshot.json` says; sets and maps as lists. */
interface Described extends Omit<Snapshot, 'policy'> {
  /** The version of the database's tables: rows of another do not fit. */
  readonly schema: number
  readonly policy: { readonly registration: RegistrationMode, readonly minAppVersion: ReadonlyArray<readonly [string, string]>, readonly apiKeys: 'any' | readonly string[] }
}

/** The archive, as a stream. `blobs` are those of the snapshot. */
export function packSnapshot (snapshot: Snapshot, schema: number, blobs: Blobs): Readable {
  return Readable.from(writeTar(entriesOf(snapshot, schema, blobs), Math.floor(snapshot.takenAt / 1000)), { objectMode: false })
}

async function * entriesOf (snapshot: Snapshot, schema: number, blobs: Blobs): AsyncGenerator<TarEntry> {
  const { policy: { registration, minAppVersion, apiKeys }, ...others } = snapshot
  const described: Described = {
    schema,
    ...others,
    policy: { registration, minAppVersion: [...minAppVersion], apiKeys: apiKeys === 'any' ? apiKeys : [...apiKeys] }
  }
  const text = Buffer.from(JSON.stringify(described))
  yield { name: DESCRIPTION, size: text.length, bytes: Readable.from([text]) }
  for (const { blob_id: id, size } of snapshot.tables.files ?? []) {
    const length = Number(size)
    yield { name: `blobs/${id}`, size: length, bytes: length === 0 ? Readable.from([]) : await blobs.open(String(id), { start: 0, end: length - 1, size: length }) }
  }
}

/** Takes an archive in: its bytes get names of their own, so that it may be taken in more than once. Throws ControlProblem. */
export async function unpackSnapshot (source: Readable, schema: number, blobs: Blobs, ids: Ids): Promise<Snapshot> {
  const names = new Map<string, string>()
  let described: Described | undefined
  try {
    for await (const { name, size, bytes } of readTar(source)) {
      if (name === DESCRIPTION) described = await readDescription(size, bytes, schema)
      const [, id] = /^blobs\/([\w.-]+)$/.exec(name) ?? []
      if (id === undefined) continue
      const fresh = `${newUploadId(ids)}-0`
      names.set(id, fresh)
      await store(fresh, bytes, blobs)
    }
    if (described === undefined) throw new ControlProblem(400, `there is no ${DESCRIPTION} in it`, 'send what GET on a snapshot answered')
    return revive(described, names)
  } catch (error) {
    await blobs.remove([...names.values()])
    throw error
  }
}

async function readDescription (size: number, bytes: AsyncIterable<Buffer>, schema: number): Promise<Described> {
  if (size > LARGEST_DESCRIPTION) throw new ControlProblem(413, `${DESCRIPTION} is too large`, 'send what GET on a snapshot answered')
  const parts: Buffer[] = []
  for await (const part of bytes) parts.push(part)
  let read: Partial<Described>
  try {
    read = JSON.parse(Buffer.concat(parts).toString('utf8'))
  } catch (error) {
    throw new ControlProblem(400, `${DESCRIPTION}: ${error instanceof Error ? error.message : String(error)}`, 'send what GET on a snapshot answered')
  }
  if (read.schema !== schema) {
    throw new ControlProblem(400, `the snapshot is of schema ${String(read.schema)}, this emulator of schema ${schema}`, 'take it again with this version of the emulator')
  }
  return read as Described
}

async function store (id: string, bytes: AsyncIterable<Buffer>, blobs: Blobs): Promise<void> {
  const writer = await blobs.create(id)
  try {
    for await (const piece of bytes) await writer.write(piece)
    await writer.finish()
    await writer.keep()
  } catch (error) {
    await writer.discard()
    throw error
  }
}

function revive ({ takenAt, tables, policy, clock, ids, hidden }: Described, names: ReadonlyMap<string, string>): Snapshot {
  const missing = blobsOf(tables).find(id => !names.has(id))
  if (missing !== undefined) throw new ControlProblem(400, `blobs/${missing} is missing in it`, 'send what GET on a snapshot answered')
  const { apiKeys, minAppVersion, registration } = policy
  const renamed = (row: SqlRow): SqlRow => ({ ...row, blob_id: names.get(String(row.blob_id)) ?? null })
  const changed: Tables = { ...tables, files: (tables.files ?? []).map(renamed) }
  return {
    takenAt,
    tables: changed,
    policy: { registration, minAppVersion: new Map(minAppVersion), apiKeys: apiKeys === 'any' ? apiKeys : new Set(apiKeys) },
    clock,
    ids,
    hidden: hidden.flatMap(id => names.get(id) ?? [])
  }
}
