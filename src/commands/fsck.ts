/** Whether rows, bytes and counters of a storage folder agree. It tells beside a running server; it repairs without one. */
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { listBlobs, lookAt, pathOfBlob } from '../adapters/blob-folder.ts'
import { lockStorage, type Lock } from '../adapters/storage-folder.ts'
import type { Config } from '../config.ts'
import { isBlobId } from '../domain/identifiers.ts'
import type { Sql } from '../ports.ts'
import { dropFile, findOrphans, isThere, listAllBytes, listMiscounted, recount } from '../store/stored-bytes.ts'
import { demandEmbedded, line } from './backup.ts'
import { demandStorage, withPorts } from './user.ts'

/** Where bytes are put that are not those of their file any more: somebody may still make something of them. */
const DAMAGED = 'damaged'

interface Options {
  readonly checksums?: boolean
  readonly repair?: boolean
}

/** Prints a line for each thing that is wrong; the exit code is 1 when something is and stays. */
export async function check (config: Config, options: Options): Promise<void> {
  demandEmbedded(config, 'fsck')
  demandStorage(config)
  const lock: Lock | undefined = options.repair ? lockStorage(config.storage, false) : undefined
  try {
    await withPorts(config, async ({ sql }) => {
      const found = await checkFiles(sql, config.storage, options) + await checkOrphans(sql, config.storage, options) + await checkCounters(sql, options)
      const which = options.checksums ? '' : '; sizes only, --checksums reads all bytes, too'
      say(found === 0 ? `${resolve(config.storage)} is in order${which}` : `${found} found${options.repair ? ' and repaired' : ', --repair repairs them'}${which}`)
      if (found > 0 && !options.repair) process.exitCode = 1
    })
  } finally {
    lock?.unlock()
  }
}

/** Files without their bytes are removed; bytes that are wrong are put aside. */
async function checkFiles (sql: Sql, storage: string, { checksums = false, repair }: Options): Promise<number> {
  let found = 0
  for await (const files of listAllBytes(sql)) {
    for (const file of files) {
      const state = isBlobId(file.blobId) ? await lookAt(pathOfBlob(storage, file.blobId), file, checksums) : 'missing'
      // Deleted since it was listed: nothing is wrong with that.
      if (state === 'whole' || !await isThere(sql, file)) continue
      found++
      if (repair && state === 'damaged') {
        await mkdir(join(storage, DAMAGED), { recursive: true, mode: 0o700 })
        await rename(pathOfBlob(storage, file.blobId), join(storage, DAMAGED, file.blobId))
      }
      if (repair) await dropFile(sql, file)
      say(line(file, state) + (repair ? `: the file is removed${state === 'damaged' ? `, what is left of its bytes is ${DAMAGED}/${file.blobId}` : ''}` : ''))
    }
  }
  return found
}

/** Bytes that belong to nobody. What lies in `incoming/` the server tidies up itself, each minute. */
async function checkOrphans (sql: Sql, storage: string, { repair }: Options): Promise<number> {
  let found = 0
  for await (const blobs of listBlobs(storage)) {
    const orphans = new Set(await findOrphans(sql, blobs.map(({ id }) => id)))
    for (const { id, path } of blobs) {
      // The server may have removed it since it was listed.
      if (!orphans.has(id) || !existsSync(path)) continue
      found++
      if (repair) await rm(path, { force: true })
      say(`orphan   ${path.slice(join(storage, '/').length)} belongs to no file` + (repair ? ': removed' : ''))
    }
  }
  return found
}

async function checkCounters (sql: Sql, { repair }: Options): Promise<number> {
  const miscounted = await listMiscounted(sql)
  for (const { userName, counted, stored } of miscounted) say(`counter  ${userName === '' ? 'files without an owner have' : `${userName} has`} ${counted} bytes on the account, but files with ${stored}` + (repair ? ': counted anew' : ''))
  if (repair) await recount(sql)
  return miscounted.length
}

const say = (text: string): void => { process.stdout.write(`${text}\n`) }
