import { PROGRESS_MEMORY } from '../../domain/uploads/progress.ts'
import type { Clock, ProgressBoard, ProgressRecord } from '../../ports.ts'

/** Beyond this many ended uploads the oldest is removed early, to bound the memory. */
const MAX_ENDED = 10_000

/** Progress in the memory of one process. */
export function createMemoryProgress (clock: Clock): ProgressBoard {
  const running = new Map<string, ProgressRecord>()
  const ended = new Map<string, ProgressRecord>()

  function forgetOld (now: number): void {
    for (const [id, record] of ended) {
      if (Math.abs(now - record.changedAt) < PROGRESS_MEMORY && ended.size <= MAX_ENDED) return
      ended.delete(id)
    }
  }

  return {
    begin (id, totalBytes) {
      const now = clock.now()
      ended.delete(id)
      running.set(id, { status: 'receiving', startedAt: now, changedAt: now, receivedBytes: 0, totalBytes, isHere: true })
    },
    advance (id, receivedBytes) {
      const record = running.get(id)
      if (record !== undefined) running.set(id, { ...record, receivedBytes, changedAt: clock.now() })
    },
    end (id, status) {
      const now = clock.now()
      const record = running.get(id) ??
        { startedAt: now, receivedBytes: 0, totalBytes: 0, isHere: true }
      running.delete(id)
      // Deleted and set again, so that the map stays in the order of ending.
      ended.delete(id)
      ended.set(id, { ...record, status, changedAt: now })
      forgetOld(now)
    },
    async read (id) {
      forgetOld(clock.now())
      return running.get(id) ?? ended.get(id)
    }
  }
}
