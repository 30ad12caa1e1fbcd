/** What an app does by the clock, from its start until it ends. */
import type { Config } from '../config.ts'
import { hostAndPort } from '../domain/network/listen-address.ts'
import { alertAboutStorage } from '../mail/storage-alerts.ts'
import { noteServer, tryClaimJob } from '../store/operations/servers.ts'
import { SWEEP_INTERVAL, sweepInTurn } from '../sweep.ts'
import type { Parts } from './compose.ts'
import type { Network } from './network.ts'

/** Milliseconds. Several times within the lease. */
const ALIVE_INTERVAL = 15_000
const COUNT_INTERVAL = 1_000
const RETRY_INTERVAL = 10_000
const CERTIFICATE_INTERVAL = 5_000
const ALERT_INTERVAL = 10 * 60_000

/** Timers that can be started and stopped together. */
export interface BackgroundJobs {
  start (): void
  /** Begins none of them again; what runs may end. */
  stop (): void
}

/** None of them runs yet. */
export function createBackgroundJobs ({ storageAlerts, host, port }: Config, { log, ports, policy, live, transfers, metrics, mailTransport, delivery }: Parts, { hasCertificate, renewCertificate }: Network): BackgroundJobs {
  const { sql, clock, server } = ports
  const timers: NodeJS.Timeout[] = []

  /** The jobs catch their errors themselves. */
  function every (interval: number, job: () => unknown): void {
    timers.push(setInterval(job, interval))
  }

  async function sweepLogged (): Promise<void> {
    const began = performance.now()
    try {
      await transfers.stopDisabled(sql)
      await sweepInTurn(ports, live)
      metrics?.noteSweep(performance.now() - began)
    } catch (error) {
      log.error({ err: error }, 'the sweep failed')
    }
  }

  const alertRules = { percentages: storageAlerts, policy, ownUrl: `http://${hostAndPort(host, port)}`, hasMailServer: mailTransport !== undefined }

  async function alertLogged (): Promise<void> {
    try {
      if (!server.isAlone && !await tryClaimJob(sql, 'storage alerts', clock.now() - ALERT_INTERVAL * 0.9, clock.now())) return
      const reached = await alertAboutStorage(ports, alertRules)
      metrics?.noteQuotas(reached)
    } catch (error) {
      log.error({ err: error }, 'the storage alerts failed')
    }
  }

  const sayAlive = () => noteServer(sql, server.id, clock.now()).catch((error: unknown) => { log.error({ err: error }, 'the database does not answer') })

  return {
    start () {
      every(SWEEP_INTERVAL, sweepLogged)
      every(COUNT_INTERVAL, ports.counts.tick)
      every(RETRY_INTERVAL, delivery.wake)
      // Without mails and metrics nobody sees the result.
      if (storageAlerts.length > 0 && (mailTransport ?? metrics) !== undefined) every(ALERT_INTERVAL, alertLogged)
      if (!server.isAlone) every(ALIVE_INTERVAL, sayAlive)
      if (hasCertificate) every(CERTIFICATE_INTERVAL, renewCertificate)
    },
    stop () {
      for (const timer of timers) clearInterval(timer)
    }
  }
}
