/** The one place where everything meets: config → adapters → ports → Fastify. */
import type { RequestListener } from 'node:http'
import { pino, type DestinationStream, type Logger } from 'pino'
import { createDispatcher, type Dispatch } from './api/dispatch.ts'
import { METHODS } from './api/registry.ts'
import { watchCertificateFiles } from './adapters/certificate-files.ts'
import { openEmbedded } from './adapters/embedded.ts'
import { openLocalAuthority } from './adapters/local-authority.ts'
import { createSmtp } from './adapters/smtp.ts'
import { lockStorage, prepareStorage } from './adapters/storage-folder.ts'
import { systemClock, systemIds } from './adapters/system.ts'
import type { Maker } from './adapters/storage-mark.ts'
import type { Config } from './config.ts'
import type { Plans } from './domain/plan.ts'
import type { Policy } from './domain/policy.ts'
import { publicUrlOf } from './http/forwarded.ts'
import { createListeners } from './http/listeners.ts'
import type { Metrics } from './http/metrics.ts'
import { createServer } from './http/server.ts'
import type { Site } from './http/site.ts'
import { createDelivery } from './mail/delivery.ts'
import type { Carrier, CertificateSource, Clock, Ids, Ports } from './ports.ts'
import { forgetPlaces } from './store/file-limits.ts'
import { sweep } from './sweep.ts'

/** Other adapters than the embedded default; the log goes to standard output unless told. */
export interface Overrides extends Partial<Ports> {
  readonly logStream?: DestinationStream
}

export interface App {
  readonly ports: Ports
  readonly log: Logger
  /** Answers requests from now on; the addresses it listens on, that of --host and --port first. Rejects with NotListening. */
  listen (): Promise<readonly string[]>
  /** Stops accepting, lets running transfers finish for the grace period, then closes. */
  close (): Promise<void>
  /** Looks whether there is a new certificate, also done every five seconds; a bad one is logged and not used. */
  renewCertificate (): Promise<void>
  /** One sweep, also done every minute. */
  sweep (): Promise<void>
  /** One look at the mail queue, also done when something is queued and every ten seconds; resolves when nothing is on its way. */
  deliver (): Promise<void>
}

const SWEEP_INTERVAL = 60_000
const RETRY_INTERVAL = 10_000
const CERTIFICATE_INTERVAL = 5_000

/** Opens the storage and recovers what a crash left; throws StorageProblem and NewerSchema. */
export async function createApp (config: Config, overrides: Overrides = {}): Promise<App> {
  const { clock = systemClock, ids = systemIds } = overrides
  return assemble(config, await openFolder(config, 'server', clock, ids), overrides)
}

/** What the metadata and the bytes are in, and how it is let go of once all is closed. */
export interface Opened {
  readonly ports: Omit<Ports, 'mailer'>
  release (): Promise<void>
}

/** A storage folder that no other server uses. */
export async function openFolder (config: Config, maker: Maker, clock: Clock, ids: Ids): Promise<Opened> {
  await prepareStorage(config.storage)
  const lock = lockStorage(config.storage)
  try {
    return { ports: await openEmbedded(config, clock, ids, maker), release: async () => { lock.unlock() } }
  } catch (error) {
    lock.unlock()
    throw error
  }
}

/** What the emulator reaches into. */
export interface Inside {
  readonly ports: Ports
  readonly policy: Policy
  /** Upload ids that run. */
  readonly live: Set<string>
  readonly log: Logger
  /** One sweep, also done every minute. */
  sweep (): Promise<void>
}

/** What stands around a server: each may look on, act itself or hand on. */
export interface Around {
  /** Gets each request before the routes do. */
  front (routes: RequestListener): RequestListener
  /** Gets each API call before the methods do. */
  dispatch (methods: Dispatch): Dispatch
}

/** Puts everything together on an opened storage, which is closed when that fails. */
export async function assemble (config: Config, opened: Opened, overrides: Overrides, surround?: (inside: Inside) => Around): Promise<App & Inside> {
  try {
    return await build(config, opened, overrides, surround)
  } catch (error) {
    await opened.ports.sql.close()
    await opened.release()
    throw error
  }
}

async function build (
  config: Config, opened: Opened, { logStream, ...others }: Overrides, surround?: (inside: Inside) => Around
): Promise<App & Inside> {
  const ports: Ports = { ...opened.ports, mailer: { wake: () => { delivery.wake() } }, ...others }
  const { clock } = ports
  const policy = policyOf(config)
  const live = new Set<string>()
  await forgetPlaces(ports.sql)
  await sweep(ports, live)

  // The parser of small forms logs all headers of a request.
  const redact = { paths: ['busboyOptions.headers'], remove: true }
  const log = pino({ level: config.logLevel, redact }, logStream ?? pino.destination({ sync: false }))
  const carrier = carrierOf(config)
  const delivery = createDelivery(ports, { carrier, timeout: config.smtpTimeout, mailsPerHour: config.mailsPerHour, log })
  const metrics = await metricsOf(config, { ports, live })
  const inside: Inside = { ports, policy, live, log, sweep: () => sweep(ports, live) }
  const around = surround?.(inside)
  const methods = createDispatcher(METHODS, ports, policy)
  const site: Site = {
    config,
    ports,
    policy,
    carrier,
    metrics,
    live,
    dispatch: around?.dispatch(methods) ?? methods,
    publicUrlOf: request => publicUrlOf(request, config)
  }
  const server = await createServer(site, log)
  const certificates = certificatesOf(config, clock)
  const listeners = createListeners(server, config, await certificates?.next(), around?.front(server.routing))
  const [measured, ...alsoMeasured] = config.metricsListen
  const metricsListeners = metrics && measured && createListeners(server, { ...config, ...measured, listen: alsoMeasured }, undefined, metrics.listener)
  const sweepLogged = () => inside.sweep().catch((error: unknown) => { log.error({ err: error }, 'the sweep failed') })
  const timers: NodeJS.Timeout[] = []

  async function renewCertificate (): Promise<void> {
    try {
      const pair = await certificates?.next()
      if (pair === undefined) return
      listeners.useKeyPair(pair)
      log.info('new connections get the new certificate')
    } catch (error) {
      log.error({ err: error }, 'the new certificate cannot be used; the old one stays')
    }
  }

  return {
    ...inside,
    async listen () {
      await server.ready()
      const urls = await listeners.open()
      await metricsListeners?.open()
      delivery.start()
      timers.push(setInterval(sweepLogged, SWEEP_INTERVAL), setInterval(delivery.wake, RETRY_INTERVAL))
      if (certificates) timers.push(setInterval(renewCertificate, CERTIFICATE_INTERVAL))
      return urls
    },
    async close () {
      for (const timer of timers) clearInterval(timer)
      delivery.stop()
      const ending = setTimeout(() => {
        listeners.cut()
        delivery.abort()
      }, config.gracePeriod)
      // Requests that still come on open connections are turned away from now on.
      await server.close()
      await listeners.close()
      await metricsListeners?.close()
      await delivery.idle()
      clearTimeout(ending)
      // Transfers that were cut short still tidy up behind them.
      while (live.size > 0) await clock.sleep(10)
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

function carrierOf ({ smtpUrl, mailFrom, smtpCa, smtpTimeout }: Config): Carrier | undefined {
  return smtpUrl && mailFrom && createSmtp({ server: smtpUrl, from: mailFrom, authorities: smtpCa, timeout: smtpTimeout })
}

function certificatesOf ({ tls, tlsCert, tlsKey, storage, host, listen, publicUrl }: Config, clock: Clock): CertificateSource | undefined {
  if (tlsCert !== undefined && tlsKey !== undefined) return watchCertificateFiles(tlsCert, tlsKey)
  if (tls === undefined) return undefined
  const own = [host, ...listen.map(address => address.host), ...publicUrl === undefined ? [] : [new URL(publicUrl).hostname.replace(/^\[|\]$/g, '')]]
  return openLocalAuthority(storage, own, clock)
}

/** Loaded where it is wanted: what counts takes a tenth of the start. */
async function metricsOf ({ metricsListen, metricsToken }: Config, site: Pick<Site, 'ports' | 'live'>): Promise<Metrics | undefined> {
  if (metricsListen.length === 0 && metricsToken === undefined) return undefined
  return (await import('./http/metrics.ts')).createMetrics(site)
}

function policyOf (config: Config): Policy {
  return {
    plans: plansOf(config),
    defaultPlan: config.defaultPlan,
    registration: config.registration,
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
