/** Startup before the first request: clean up, and make sure that the storage was not moved. */
import type { Logger } from 'pino'
import { isDamage } from '../adapters/database/damage.ts'
import type { Config } from '../config.ts'
import { placeOfBlobs } from '../domain/files/blob-store.ts'
import type { Ports } from '../ports.ts'
import { forgetPlaces } from '../store/files/file-limits.ts'
import { requireNotMoved } from '../store/operations/storage-moves.ts'
import { forgetServer } from '../store/operations/servers.ts'
import { sweepInTurn } from '../sweep.ts'

/** Cleans up after earlier processes. A read-only disk or a damaged page does not prevent serving the rest. */
export async function recover (ports: Ports, live: ReadonlySet<string>, log: Logger): Promise<void> {
  for (const step of [async () => { if (ports.server.isAlone) await forgetPlaces(ports.sql) }, () => sweepInTurn(ports, live)]) {
    try {
      await step()
    } catch (error) {
      const problem = isDamage(error) ? 'the database is damaged: see "A damaged database" in docs/operations.md' : await ports.room.problem()
      if (problem === undefined) throw error
      log.error({ problem, err: error }, 'started without cleaning up')
    }
  }
}

/** A move records itself, then looks for servers; a server records itself, then looks for moves: at least one of them sees the other. */
export async function requireStillNotMoved ({ sql, server }: Ports, { blobs }: Config): Promise<void> {
  try {
    await requireNotMoved(sql, placeOfBlobs(blobs))
  } catch (error) {
    await forgetServer(sql, server.id)
    throw error
  }
}
