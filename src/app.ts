/** The one place where everything meets: config → adapters → ports → Fastify. */
import { pino, type DestinationStream, type Logger } from 'pino'
import { createDispatcher } from './api/dispatch.ts'
import { METHODS } from './api/registry.ts'
import { openEmbedded } from './adapters/embedded.ts'
import { createSmtp } from './adapters/smtp.ts'
import { lockStorage, prepareStorage } from './adapters/storage-folder.ts'
import { systemClock, systemIds } from './adapters/system.ts'
import type { Config } from './config.ts'
import type { Plans } from './domain/plan.ts'
import type { Policy } from './domain/policy.ts'
import { idleConnectionsCloser } from './http/idle-connections.ts'
import { createServer } from './http/server.ts'
import { publicUrlOf, type Site } from './http/site.ts'
import { createDelivery } from './mail/delivery.ts'
import type { Carrier, Ports } from './ports.ts'
import { forgetPlaces } from './store/file-limits.ts'
import { sweep } from './sweep.ts'

/** Other adapters than the embedded default; the log goes to standard output unless told. */
export interface Overrides extends Partial<Ports> {
  readonly logStream?: DestinationStream
}

export interface App {
  readonly ports: Ports
  readonly log: Logger
  /** Answers requests from now on; the address it listens on. */
  listen (): Promise<string>
  /** Stops accepting, lets running transfers finish for the grace period, then closes. */
  close (): Promise<void>
  /** One sweep, also done every minute. */
  sweep (): Promise<void>
  /** One look at the mail queue, also done when something is queued and every ten seconds; resolves when nothing is on its way. */
  deliver (): Promise<void>
}

const SWEEP_INTERVAL = 60_000
const RETRY_INTERVAL = 10_000
const IDLE_CHECK = 100

/** Opens the storage and recovers what a crash left; throws StorageProblem and NewerSchema. */
export async function createApp (config: Config, overrides: Overrides = {}): Promise<App> {
  await prepareStorage(config.storage)
  const lock = lockStorage(config.storage)
  try {
    return await openApp(config, overrides, lock)
  } catch (error) {
    lock.unlock()
    throw error
  }
}

async function openApp (config: Config, overrides: Overrides, lock: { unlock (): void }): Promise<App> {
  const { clock = systemClock, ids = systemIds, logStream, ...others } = overrides
  const embedded = await openEmbedded(config.storage, config.secretKey, clock, ids)
  const ports: Ports = { ...embedded, mailer: { wake: () => { delivery.wake() } }, ...others }
  const policy = policyOf(config)
  const live = new Set<string>()
  await forgetPlaces(ports.sql)
  await sweep(ports, live)

  // The parser of small forms logs all headers of a request.
  const redact = { paths: ['busboyOptions.headers'], remove: true }
  const log = pino({ level: config.logLevel, redact }, logStream ?? pino.destination({ sync: false }))
  const delivery = createDelivery(ports, { carrier: carrierOf(config), timeout: config.smtpTimeout, mailsPerHour: config.mailsPerHour, log })
  const site: Site = {
    config,
    ports,
    policy,
    live,
    dispatch: createDispatcher(METHODS, ports, policy),
    publicUrlOf: request => publicUrlOf(request, config.publicUrl)
  }
  const server = await createServer(site, log)
  const closeIdleConnections = idleConnectionsCloser(server.server)
  const sweepLogged = () => sweep(ports, live).catch((error: unknown) => { log.error({ err: error }, 'the sweep failed') })
  const timers: NodeJS.Timeout[] = []

  return {
    ports,
    log,
    async listen () {
      const address = await server.listen({ host: config.host, port: config.port })
      delivery.start()
      timers.push(setInterval(sweepLogged, SWEEP_INTERVAL), setInterval(delivery.wake, RETRY_INTERVAL))
      return address.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')
    },
    async close () {
      for (const timer of timers) clearInterval(timer)
      delivery.stop()
      const ending = setTimeout(() => {
        server.server.closeAllConnections()
        delivery.abort()
      }, config.gracePeriod)
      // Connections that clients keep open are idle, and closed, only once their last transfer has ended.
      const closing = setInterval(closeIdleConnections, IDLE_CHECK)
      await server.close()
      await delivery.idle()
      clearTimeout(ending)
      clearInterval(closing)
      // Transfers that were cut short still tidy up behind them.
      while (live.size > 0) await clock.sleep(10)
      await ports.sql.close()
      lock.unlock()
    },
    sweep: () => sweep(ports, live),
    async deliver () {
      delivery.wake()
      await delivery.idle()
    }
  }
}

function carrierOf ({ smtpUrl, mailFrom, smtpCa, smtpTimeout }: Config): Carrier | undefined {
  return smtpUrl && mailFrom && createSmtp({ server: smtpUrl, from: mailFrom, authorities: smtpCa, timeout: smtpTimeout })
}

function policyOf (config: Config): Policy {
  return {
    plans: plansOf(config),
    defaultPlan: config.defaultPlan,
    isRegistrationOpen: config.registration === 'open',
    apiKeys: config.apiKeys,
    minAppVersion: config.minAppVersion ?? new Map(),
    sessionIdle: config.sessionIdle,
    tokenLifetime: config.tokenLifetime,
    drainLimit: config.drainLimit,
    mailsPerHour: config.mailsPerHour
  }
}

/** The one size for all plans at once beats what they say themselves. */
function plansOf ({ plans, maxFileSize }: Config): Plans {
  if (maxFileSize === undefined) return plans
  const { anonymous, Lite, Pro, Max } = plans
  return {
    anonymous: { ...anonymous, maxFileSize }, Lite: { ...Lite, maxFileSize }, Pro: { ...Pro, maxFileSize }, Max: { ...Max, maxFileSize }
  }
}
