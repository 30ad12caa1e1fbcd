/** How an app starts, listens and ends: in which order, and what waits for what. */
import type { RequestListener } from 'node:http'
import { systemClock } from '../adapters/system.ts'
import type { Config } from '../config.ts'
import type { HttpServer } from '../http/server.ts'
import { within } from '../http/within.ts'
import type { Opened } from '../open-folder.ts'
import { forgetServer } from '../store/operations/servers.ts'
import type { BackgroundJobs } from './background-jobs.ts'
import type { Parts } from './compose.ts'
import type { Network } from './network.ts'

/** From the first request to the last. */
export interface Lifecycle {
  /** Gets ready for requests, and does from now on what is due by the clock. */
  start (): Promise<void>
  /**
   * Starts, and answers requests from now on, by `answer` instead of its routes where that is given; the addresses it
   * listens on, that of --host and --port first. Rejects with NotListening.
   */
  listen (answer?: RequestListener): Promise<readonly string[]>
  /** Says for --drain-delay that it is ending, while it serves as before; then stops accepting, lets running transfers finish for the grace period, then closes. */
  close (): Promise<void>
}

/** What an app is made of by now. */
export interface Built {
  readonly server: HttpServer
  readonly routes: RequestListener
  readonly network: Network
  readonly jobs: BackgroundJobs
  /** What is let go of at the end. */
  readonly release: Opened['release']
}

/** Milliseconds. */
const GOODBYE = 3_000

/** Nothing runs before `start`. */
export function createLifecycle ({ drainDelay, gracePeriod }: Config, { log, ports, live, transfers, readiness, delivery, thumbnails, formatter }: Parts, { server, routes, network, jobs, release }: Built): Lifecycle {
  async function start (): Promise<void> {
    await server.ready()
    delivery.start()
    jobs.start()
  }

  /** Until nothing runs any more; what still does after the grace period is cut. */
  async function endTransfers (): Promise<void> {
    const ending = setTimeout(() => {
      network.cut()
      delivery.abort()
    }, gracePeriod)
    // Who was accepted before is still answered, and his connection closed: a proxy that has just chosen this process would pass a refusal on.
    const closed = network.close()
    await server.close()
    await closed
    await network.closeMetrics()
    await delivery.idle()
    clearTimeout(ending)
    // Transfers that were cut short still tidy up behind them.
    while (live.size > 0) await ports.clock.sleep(10)
  }

  async function sayGoodbye (): Promise<void> {
    if (!await isDoneInTime(forgetServer(ports.sql, ports.server.id))) log.warn('could not deregister: the other servers will time this process out')
  }

  /** A database that does not answer is not waited for. */
  async function isDoneInTime (work: Promise<void>): Promise<boolean> {
    return await within(work.then(() => true, () => false), GOODBYE) === true
  }

  return {
    start,
    async listen (answer = routes) {
      await start()
      return network.open(answer)
    },
    async close () {
      readiness.drain()
      if (drainDelay > 0) await systemClock.sleep(drainDelay)
      jobs.stop()
      delivery.stop()
      await endTransfers()
      if (!await isDoneInTime(transfers.counted().then(ports.counts.flush))) log.warn('the last downloads could not be counted: the database does not answer')
      await thumbnails.close()
      formatter.close()
      if (!ports.server.isAlone) await sayGoodbye()
      await ports.sql.close()
      await release()
    }
  }
}
