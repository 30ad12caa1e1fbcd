/** A snapshot as one file that another emulator can import: a tar of `snapshot.json` and the bytes of each file. */
import { Readable } from 'node:stream'
import { isBlobId, newUploadId } from '../../domain/identifiers.ts'
import type { Blobs, Ids } from '../../ports.ts'
import { createGrowingBuffer } from '../../transfer/growing-buffer.ts'
import { ControlProblem } from '../control-problem.ts'
import { readManifest, type SnapshotManifest } from './snapshot-manifest.ts'
import { blobsOf, type Snapshot, type Tables } from './snapshot.ts'
import { readTar, writeTar, type TarEntry } from './tar.ts'

const MANIFEST = 'snapshot.json'
/** Rows of a hundred thousand files, and more. */
const MAX_MANIFEST_BYTES = 256 * 1024 * 1024
const MAX_ENTRIES = 1_000_000
const MAX_BYTES = 64 * 1024 ** 3

/** The archive, as a stream. `blobs` are those of the snapshot. */
export function packSnapshot (snapshot: Snapshot, schema: number, blobs: Blobs): Readable {
  return Readable.from(writeTar(entriesOf(snapshot, schema, blobs), Math.floor(snapshot.takenAt / 1000)), { objectMode: false })
}

async function * entriesOf (snapshot: Snapshot, schema: number, blobs: Blobs): AsyncGenerator<TarEntry> {
  const { policy: { registration, minAppVersion, apiKeys, limitsAttempts }, ...others } = snapshot
  const manifest: SnapshotManifest = {
    schema,
    ...others,
    policy: { registration, minAppVersion: [...minAppVersion], apiKeys: apiKeys === 'any' ? apiKeys : [...apiKeys], limitsAttempts }
  }
  const text = Buffer.from(JSON.stringify(manifest))
  yield { name: MANIFEST, size: text.length, bytes: Readable.from([text]) }
  for (const { blob_id: id, size } of snapshot.tables.files ?? []) {
    const length = Number(size)
    yield { name: `blobs/${id}`, size: length, bytes: length === 0 ? Readable.from([]) : await blobs.open(String(id), { start: 0, end: length - 1, size: length }) }
  }
}

/**
 * Imports an archive. Its blobs get new ids, so that it can be imported more than once. Nothing of it stays when it is incomplete
 * or holds anything else. Throws ControlProblem and DocumentProblem. Whether the rows fit is checked by `importSnapshot`.
 */
export async function unpackSnapshot (source: Readable, schema: number, blobs: Blobs, ids: Ids): Promise<Snapshot> {
  const blobsById = new Map<string, StoredBytes>()
  let manifest: SnapshotManifest | undefined
  let entries = 0
  let total = 0
  try {
    for await (const { name, size, bytes } of readTar(source)) {
      total += size
      if (++entries > MAX_ENTRIES || total > MAX_BYTES) throw new ControlProblem(413, 'the snapshot is larger than a million files or 64 GiB', 'take one of a smaller state')
      if (name === MANIFEST && manifest === undefined) {
        manifest = await readManifestEntry(size, bytes, schema)
        continue
      }
      const [, id = ''] = /^blobs\/(.*)$/.exec(name) ?? []
      if (!isBlobId(id) || blobsById.has(id)) throw notASnapshot(`${JSON.stringify(name)} does not belong in it, or is in it twice`)
      const newId = `${newUploadId(ids)}-0`
      blobsById.set(id, { newId, size, crc32: 0 })
      blobsById.set(id, { newId, size, crc32: await storeBlob(newId, bytes, blobs) })
    }
    if (manifest === undefined) throw notASnapshot(`there is no ${MANIFEST} in it`)
    return toSnapshot(manifest, blobsById)
  } catch (error) {
    await blobs.remove([...blobsById.values()].map(({ newId }) => newId))
    throw error
  }
}

/** A blob of an archive. */
interface StoredBytes {
  readonly newId: string
  readonly size: number
  readonly crc32: number
}

async function readManifestEntry (size: number, bytes: AsyncIterable<Buffer>, schema: number): Promise<SnapshotManifest> {
  if (size > MAX_MANIFEST_BYTES) throw new ControlProblem(413, `${MANIFEST} is too large`, HINT)
  const text = createGrowingBuffer()
  for await (const part of bytes) text.append(part)
  let read: unknown
  try {
    read = JSON.parse(text.bytes().toString('utf8'))
  } catch (error) {
    throw notASnapshot(`${MANIFEST}: ${error instanceof Error ? error.message : String(error)}`)
  }
  // First, because the other fields may be those of another version.
  const found = typeof read === 'object' && read !== null && 'schema' in read ? read.schema : undefined
  if (found !== schema) {
    throw new ControlProblem(400, `the snapshot is of schema ${String(found)}, this emulator of schema ${schema}`, 'take it again with this version of the emulator')
  }
  return readManifest(read, '')
}

async function storeBlob (id: string, bytes: AsyncIterable<Buffer>, blobs: Blobs): Promise<number> {
  const writer = await blobs.create(id)
  try {
    for await (const piece of bytes) await writer.write(piece)
    const { crc32 } = await writer.finish()
    await writer.keep()
    return crc32
  } catch (error) {
    await writer.discard()
    throw error
  }
}

function toSnapshot ({ takenAt, tables, policy, clock, ids, hidden }: SnapshotManifest, blobsById: ReadonlyMap<string, StoredBytes>): Snapshot {
  const named = new Set(blobsOf(tables))
  const unnamed = [...blobsById.keys()].find(id => !named.has(id))
  if (unnamed !== undefined) throw notASnapshot(`blobs/${unnamed} belongs to no file in it`)
  const files = (tables.files ?? []).map(row => {
    const id = String(row.blob_id)
    const bytes = blobsById.get(id)
    if (bytes === undefined) throw notASnapshot(`blobs/${id} is missing in it`)
    if (bytes.size !== row.size || bytes.crc32 !== row.crc32) throw notASnapshot(`blobs/${id} holds other bytes than its file says`)
    return { ...row, blob_id: bytes.newId }
  })
  const { apiKeys, minAppVersion, registration, limitsAttempts } = policy
  return {
    takenAt,
    tables: { ...withoutRunningUploads(tables), files },
    policy: { registration, minAppVersion: new Map(minAppVersion), apiKeys: apiKeys === 'any' ? apiKeys : new Set(apiKeys), limitsAttempts },
    clock,
    ids,
    hidden: hidden.flatMap(id => blobsById.get(id)?.newId ?? [])
  }
}

/** Running uploads and blobs to remove refer to bytes that are not in the archive. */
function withoutRunningUploads ({ doomed_blobs: _doomed, resumable_uploads: uploads = [], tickets = [], ...others }: Tables): Tables {
  return {
    ...others,
    resumable_uploads: uploads.filter(({ file_id: id }) => id !== null),
    tickets: tickets.map(row => row.upload_id === null ? row : { ...row, upload_id: null, reserved_bytes: 0, started_at: null })
  }
}

const HINT = 'send what GET on a snapshot answered'
const notASnapshot = (detail: string): ControlProblem => new ControlProblem(400, detail, HINT)
