/** The one place where everything meets: config → adapters → ports → Fastify. */
import type { RequestListener } from 'node:http'
import { pino, type DestinationStream, type Logger } from 'pino'
import { createDispatcher, type Dispatch } from './api/dispatch.ts'
import { METHODS } from './api/registry.ts'
import { watchClock } from './adapters/clock-watch.ts'
import { logToOutput } from './adapters/output-log.ts'
import { systemClock, systemIds } from './adapters/system.ts'
import type { Config } from './config.ts'
import { connectionLimits, type ConnectionLimits } from './domain/network/connection-limits.ts'
import type { Policy } from './domain/policy.ts'
import { ownUrlsOf, publicUrlOf, trustedUrlReader } from './http/request/forwarded.ts'
import { createListeners } from './http/listeners.ts'
import { createReadiness } from './http/observability/readiness.ts'
import { createRunningTransfers, type RunningTransfers } from './http/running-transfers.ts'
import { createServer } from './http/server.ts'
import type { Site } from './http/site.ts'
import { createDelivery } from './mail/delivery.ts'
import { mailTransportOf, certificatesOf, connectionLimitsOf, metricsOf, policyOf } from './parts.ts'
import { openFolder, type Opened } from './open-folder.ts'
import type { Ports } from './ports.ts'
import { requireStillNotMoved, recover } from './recover.ts'
import { tryPutOffMails } from './store/operations/mails.ts'
import { forgetServer, noteServer } from './store/operations/servers.ts'
import { SWEEP_INTERVAL, sweep, sweepInTurn } from './sweep.ts'

/** Other adapters than the embedded default; the log goes to standard output unless told. */
export interface Overrides extends Partial<Ports> {
  readonly logStream?: DestinationStream
  readonly policy?: Partial<Policy>
}

export interface App {
  readonly ports: Ports
  readonly log: Logger
  readonly connections: ConnectionLimits
  /** Answers one request, at no address. */
  readonly routes: RequestListener
  /** Gets ready for requests, and does from now on what is due by the clock. */
  start (): Promise<void>
  /**
   * Starts, and answers requests from now on, by `answer` instead of its routes where that is given; the addresses it
   * listens on, that of --host and --port first. Rejects with NotListening.
   */
  listen (answer?: RequestListener): Promise<readonly string[]>
  /** Says for --drain-delay that it is ending, while it serves as before; then stops accepting, lets running transfers finish for the grace period, then closes. */
  close (): Promise<void>
  /** Looks whether there is a new certificate, also done every five seconds; a bad one is logged and not used. */
  renewCertificate (): Promise<void>
  /** One sweep, also done every minute. */
  sweep (): Promise<void>
  /** One look at the mail queue, also done when something is queued and every ten seconds; resolves when nothing is on its way. */
  deliver (): Promise<void>
}

/** Several times within the lease. */
const ALIVE_INTERVAL = 15_000
const RETRY_INTERVAL = 10_000
const CERTIFICATE_INTERVAL = 5_000
const GOODBYE = 3_000
/** Connections to the addresses for metrics, which have a limit of their own so that others cannot keep Prometheus out. */
const MAX_FOR_METRICS = 32

/** Opens the storage and recovers what a crash left; throws StorageProblem and NewerSchema. */
export async function createApp (config: Config, overrides: Overrides = {}): Promise<App> {
  const { clock = systemClock, ids = systemIds } = overrides
  return assemble(config, await openFolder(config, 'server', clock, ids), overrides)
}

/** What the emulator reaches into. */
export interface AppInternals {
  readonly ports: Ports
  readonly policy: Policy
  /** Upload ids that run. */
  readonly live: Set<string>
  readonly transfers: RunningTransfers
  readonly log: Logger
  /** One sweep, also done every minute. */
  sweep (): Promise<void>
}

/** What stands around a server: each may look on, act itself or hand on. */
export interface Middleware {
  /** Gets each request before the routes do. */
  front (routes: RequestListener): RequestListener
  /** Gets each API call before the methods do. */
  dispatch (methods: Dispatch): Dispatch
}

/** Puts everything together on an opened storage, which is closed when that fails. */
export async function assemble (config: Config, opened: Opened, overrides: Overrides, wrap?: (inside: AppInternals) => Middleware): Promise<App & AppInternals> {
  try {
    return await build(config, opened, overrides, wrap)
  } catch (error) {
    await opened.ports.sql.close()
    await opened.release()
    throw error
  }
}

async function build (
  config: Config, opened: Opened, { logStream, policy: ownPolicy, ...others }: Overrides, wrap?: (inside: AppInternals) => Middleware
): Promise<App & AppInternals> {
  const log = pino({ level: config.logLevel }, logStream ?? logToOutput())
  const given: Ports = { ...opened.ports, mailer: { wake: () => { delivery.wake() } }, ...others }
  // Tests of clients turn the clock of an emulator as they like.
  const clock = wrap === undefined ? watchClock(given.clock, afterJump) : given.clock
  const policy = { ...policyOf(config), ...ownPolicy }
  const live = new Set<string>()
  const readiness = createReadiness(given)
  const unwatched: Ports = { ...given, clock }
  const metrics = await metricsOf(config, { ports: unwatched, policy, live, readiness })
  const ports = metrics?.watchErrors(unwatched) ?? unwatched
  const transfers = createRunningTransfers()
  await recover(ports, live, log)
  if (!ports.server.isAlone) await requireStillNotMoved(ports, config)
  if (opened.advice !== undefined) log.warn(opened.advice)
  opened.watch?.(problem => {
    if (problem) log.warn({ err: problem }, 'Redis is unavailable: the progress of uploads on other servers is not known')
    else log.info('Redis is back')
  })
  const mailTransport = mailTransportOf(config)
  const delivery = createDelivery(ports, { mailTransport, timeout: config.smtpTimeout, mailsPerHour: config.mailsPerHour, publicUrl: config.publicUrl, log })
  const inside: AppInternals = { ports, policy, live, transfers, log, sweep: () => sweep(ports, live).then(() => transfers.stopDisabled(ports.sql)) }
  const around = wrap?.(inside)
  const methods = createDispatcher(METHODS, ports, policy)
  const site: Site = {
    config,
    ports,
    policy,
    mailTransport,
    metrics,
    readiness,
    live,
    transfers,
    dispatch: around?.dispatch(methods) ?? methods,
    publicUrlOf: request => publicUrlOf(request, config),
    trustedUrlOf: trustedUrlReader(config),
    ownUrlsOf: request => ownUrlsOf(request, config)
  }
  const server = await createServer(site, log)
  const certificates = certificatesOf(config, clock)
  const routes: RequestListener = around?.front(server.routing) ?? server.routing
  const connections = connectionLimitsOf(config)
  const listeners = createListeners(server, config, connections, await certificates?.next())
  const logAdvice = (): void => { for (const sentence of certificates?.takeAdvice?.() ?? []) log.warn(sentence) }
  logAdvice()
  const [measured, ...alsoMeasured] = config.metricsListen
  const metricsListeners = metrics && measured && createListeners(server, { ...config, ...measured, listen: alsoMeasured }, connectionLimits(undefined, MAX_FOR_METRICS, undefined), undefined)

  async function sweepLogged (): Promise<void> {
    const began = performance.now()
    try {
      await transfers.stopDisabled(ports.sql)
      await sweepInTurn(ports, live)
      metrics?.noteSweep(performance.now() - began)
    } catch (error) {
      log.error({ err: error }, 'the sweep failed')
    }
  }

  const timers: NodeJS.Timeout[] = []

  const sayAlive = () => noteServer(ports.sql, ports.server.id, clock.now()).catch((error: unknown) => { log.error({ err: error }, 'the database does not answer') })

  async function renewCertificate (): Promise<void> {
    try {
      const pair = await certificates?.next()
      logAdvice()
      if (pair === undefined) return
      listeners.useKeyPair(pair)
      log.info('new connections get the new certificate')
    } catch (error) {
      log.error({ err: error }, 'the new certificate cannot be used; the old one stays')
    }
  }

  async function start (): Promise<void> {
    await server.ready()
    delivery.start()
    timers.push(setInterval(() => { void sweepLogged() }, SWEEP_INTERVAL), setInterval(delivery.wake, RETRY_INTERVAL))
    if (!ports.server.isAlone) timers.push(setInterval(() => { void sayAlive() }, ALIVE_INTERVAL))
    if (certificates) timers.push(setInterval(() => { void renewCertificate() }, CERTIFICATE_INTERVAL))
  }

  /** A database that does not answer is not waited for. */
  async function sayGoodbye (): Promise<void> {
    const isSaid = forgetServer(ports.sql, ports.server.id).then(() => true, () => false)
    if (await Promise.race([isSaid, systemClock.sleep(GOODBYE)]) !== true) log.warn('could not deregister: the other servers will time this process out')
  }

  function afterJump (jump: number): void {
    log.warn({ seconds: Math.round(jump / 1000) }, 'the clock has jumped, or this process stood still')
    if (jump < 0) tryPutOffMails(given.sql, given.clock.now()).then(() => { delivery.wake() }, (error: unknown) => { log.error({ err: error }, 'mails wait for a wrong time') })
  }

  return {
    ...inside,
    connections,
    routes,
    start,
    async listen (answer = routes) {
      await start()
      const urls = await listeners.open(answer)
      if (metrics) await metricsListeners?.open(metrics.listener)
      return urls
    },
    async close () {
      readiness.drain()
      if (config.drainDelay > 0) await systemClock.sleep(config.drainDelay)
      for (const timer of timers) clearInterval(timer)
      delivery.stop()
      const ending = setTimeout(() => {
        listeners.cut()
        delivery.abort()
      }, config.gracePeriod)
      // Who was accepted before is still answered, and his connection closed: a proxy that has just chosen this process would pass a refusal on.
      const closed = listeners.close()
      await server.close()
      await closed
      await metricsListeners?.close()
      await delivery.idle()
      clearTimeout(ending)
      // Transfers that were cut short still tidy up behind them.
      while (live.size > 0) await clock.sleep(10)
      if (!ports.server.isAlone) await sayGoodbye()
      await ports.sql.close()
      await opened.release()
    },
    renewCertificate,
    async deliver () {
      delivery.wake()
      await delivery.idle()
    }
  }
}
