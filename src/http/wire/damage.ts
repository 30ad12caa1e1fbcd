/** Reports files whose bytes are found to be missing or damaged. */
import type { FastifyRequest } from 'fastify'
import type { StoredFile } from '../../domain/files/file.ts'
import { DamagedBlob } from '../../ports.ts'
import { noteDamage, type Damage } from '../../store/files/damaged-blobs.ts'
import { findFile } from '../../store/files/files.ts'
import type { Site } from '../site.ts'

/** Reports missing bytes to operators: in the log by the blob's id, in the administration, in the metrics. Never rejects. */
export async function reportDamage (error: unknown, file: Pick<StoredFile, 'id' | 'blobId' | 'size'>, { log }: FastifyRequest, { ports: { sql, clock } }: Site): Promise<void> {
  const damage = damageOf(error, file)
  if (damage === undefined) return
  try {
    // A file deleted meanwhile is not damaged.
    if (await findFile(sql, file.id) === undefined) return
    log.error({ blob: damage.blobId, expected: damage.expected, found: damage.found ?? null }, 'the bytes of a file are missing or too many')
    await noteDamage(sql, damage, clock.now())
  } catch (problem) {
    log.error({ err: problem, blob: damage.blobId }, 'a damaged blob could not be recorded')
  }
}

export function damageOf (error: unknown, { blobId, size }: Pick<StoredFile, 'blobId' | 'size'>): Damage | undefined {
  if (error instanceof DamagedBlob) return error
  return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? { blobId, expected: size, found: undefined } : undefined
}
