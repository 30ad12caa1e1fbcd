/** Transfers that run in this process, by the account that they are for: those of one that is switched off are ended, not only refused the next time. */
import type { Sql } from '../ports.ts'
import { findDisabled } from '../store/accounts/users.ts'
import type { TransferRegistry } from '../transfer/incoming.ts'

export interface RunningTransfers extends TransferRegistry {
  /** Ends all of an account. */
  stop (userId: number): void
  /** Ends those of all accounts that were switched off, by whatever process. */
  stopDisabled (sql: Sql): Promise<void>
  /** An ended download is being counted, by work that never rejects: this process does not end before. */
  countEnded (work: Promise<void>): void
  /** Resolves when all that has ended is counted. */
  counted (): Promise<void>
}

interface Running {
  readonly stop: () => void
  readonly isGone: (() => boolean) | undefined
}

export function createRunningTransfers (): RunningTransfers {
  const running = new Map<number, Set<Running>>()
  const counting = new Set<Promise<void>>()

  function stop (userId: number): void {
    for (const transfer of running.get(userId) ?? []) transfer.stop()
  }

  return {
    begin (userId, stop, isGone) {
      if (userId === null) return () => undefined
      const all = running.get(userId) ?? new Set()
      const mine = { stop, isGone }
      running.set(userId, all.add(mine))
      return () => {
        all.delete(mine)
        if (all.size === 0 && running.get(userId) === all) running.delete(userId)
      }
    },
    uploadsOf (userId, except) {
      const uploads = [...running.get(userId) ?? []].flatMap(({ isGone }) => isGone === undefined || isGone === except ? [] : [isGone])
      return uploads.length === 0 ? 'none' : uploads.some(isGone => isGone()) ? 'dying' : 'running'
    },
    stop,
    async stopDisabled (sql) {
      if (running.size > 0) for (const userId of await findDisabled(sql, [...running.keys()])) stop(userId)
    },
    countEnded (work) {
      counting.add(work)
      void work.finally(() => { counting.delete(work) })
    },
    async counted () {
      while (counting.size > 0) await Promise.all(counting)
    }
  }
}
