import { once } from 'node:events'
import type { Exchange } from './exchange.ts'
import { resetConnection } from './response-interceptor.ts'

/** The running exchanges of one server. */
export interface RunningExchanges {
  /** Counts an exchange until its response closes. */
  add (exchange: Exchange): void
  /**
   * Resets the connections of exchanges with the fault of this id, or of all without an id. Their handlers release
   * their resources first. Resolves when all of them have ended.
   */
  end (faultId?: string): Promise<void>
  /** Resolves when all of them have ended. */
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
