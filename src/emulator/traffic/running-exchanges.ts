import { once } from 'node:events'
import type { Exchange } from './exchange.ts'
import { resetConnection } from './response-interceptor.ts'

/** The exchanges of one server that have not ended. */
export interface RunningExchanges {
  /** Counts one until its response closes. */
  add (exchange: Exchange): void
  /**
   * Resets the connections of those that the fault of this id was applied to; without an id, of all. What their handlers hold is
   * released first. Resolves when all that was to end has ended.
   */
  end (faultId?: string): Promise<void>
  /** Resolves when all that was to end has ended. */
  ended (): Promise<void>
}

export function createRunningExchanges (): RunningExchanges {
  const running = new Set<Exchange>()
  const ending = new Map<Exchange, Promise<unknown>>()

  async function endOne ({ request: { socket }, notes }: Exchange): Promise<void> {
    await notes.settle?.()
    if (socket.destroyed) return
    const closed = once(socket, 'close')
    resetConnection(socket)
    await closed
  }

  async function ended (): Promise<void> {
    await Promise.allSettled(ending.values())
  }

  return {
    add (exchange) {
      running.add(exchange)
      exchange.response.once('close', () => { running.delete(exchange) })
    },
    ended,
    async end (faultId) {
      for (const exchange of running) {
        if (ending.has(exchange) || (faultId !== undefined && exchange.notes.fault !== faultId)) continue
        ending.set(exchange, endOne(exchange).finally(() => { ending.delete(exchange) }))
      }
      await ended()
    }
  }
}
