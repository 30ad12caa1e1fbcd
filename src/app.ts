/** The one place where everything meets: config → adapters → ports → Fastify. The stages are in `app/`. */
import type { RequestListener } from 'node:http'
import type { Logger } from 'pino'
import { createDispatcher, type Dispatch } from './api/dispatch.ts'
import { METHODS } from './api/registry.ts'
import { systemClock, systemIds } from './adapters/system.ts'
import { createBackgroundJobs } from './app/background-jobs.ts'
import { composeParts, type Overrides, type Parts } from './app/compose.ts'
import { createLifecycle, type Lifecycle } from './app/lifecycle.ts'
import { createNetwork } from './app/network.ts'
import { recover, requireStillNotMoved } from './app/recover.ts'
import type { Config } from './config.ts'
import type { ConnectionLimits } from './domain/network/connection-limits.ts'
import { ownUrlsOf, publicUrlOf, trustedUrlReader } from './http/request/forwarded.ts'
import { createServer } from './http/server.ts'
import type { Site } from './http/site.ts'
import type { Tunnels } from './http/tunnels.ts'
import { openFolder, type Opened } from './open-folder.ts'
import type { KeyPair, Ports } from './ports.ts'
import { sweep } from './sweep.ts'

/** A whole server. */
export interface App extends Lifecycle {
  readonly ports: Ports
  readonly log: Logger
  readonly connections: ConnectionLimits
  /** Answers one request, at no address. */
  readonly routes: RequestListener
  /** Looks whether there is a new certificate, also done every five seconds; a bad one is logged and not used. */
  renewCertificate (): Promise<void>
  /** One sweep, also done every minute. */
  sweep (): Promise<void>
  /** One look at the mail queue, also done when something is queued and every ten seconds; resolves when nothing is on its way. */
  deliver (): Promise<void>
}

/** What the emulator reaches into. */
export interface AppInternals extends Pick<Parts, 'ports' | 'policy' | 'live' | 'transfers' | 'log'> {
  /** One sweep, also done every minute. */
  sweep (): Promise<void>
}

/** What stands around a server: each may look on, act itself or hand on. */
export interface Middleware {
  /** Gets each request before the routes do. */
  front (routes: RequestListener): RequestListener
  /** Gets each API call before the methods do. */
  dispatch (methods: Dispatch): Dispatch
  /** Not given: CONNECT is refused. */
  readonly tunnels?: Tunnels | undefined
  /** Of addresses with TLS, where the settings name no certificate. */
  readonly keyPair?: KeyPair | undefined
}

/** Opens the storage and recovers what a crash left; throws StorageProblem and NewerSchema. */
export async function createApp (config: Config, overrides: Overrides = {}): Promise<App> {
  const { clock = systemClock, ids = systemIds } = overrides
  return assemble(config, await openFolder(config, 'server', clock, ids), overrides)
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

async function build (config: Config, opened: Opened, overrides: Overrides, wrap?: (inside: AppInternals) => Middleware): Promise<App & AppInternals> {
  const parts = await composeParts(config, opened.ports, overrides, wrap === undefined)
  const { ports, policy, live, transfers, log, delivery } = parts
  await recover(ports, live, log)
  if (!ports.server.isAlone) await requireStillNotMoved(ports, config)
  logStateOf(opened, log)
  const inside: AppInternals = { ports, policy, live, transfers, log, sweep: () => sweep(ports, live).then(() => transfers.stopDisabled(ports.sql)) }
  const around = wrap?.(inside)
  const methods = createDispatcher(METHODS, ports, policy)
  const server = await createServer(siteOf(config, parts, around?.dispatch(methods) ?? methods), log)
  const routes: RequestListener = around?.front(server.routing) ?? server.routing
  const network = await createNetwork(server, config, parts, around)
  const jobs = createBackgroundJobs(config, parts, network)
  return {
    ...inside,
    ...createLifecycle(config, parts, { server, routes, network, jobs, release: opened.release }),
    connections: network.connections,
    routes,
    renewCertificate: network.renewCertificate,
    async deliver () {
      delivery.wake()
      await delivery.idle()
    }
  }
}

/** What the operator should know of the storage, now and later. */
function logStateOf ({ advice, watch }: Opened, log: Logger): void {
  if (advice !== undefined) log.warn(advice)
  watch?.(problem => {
    if (problem) log.warn({ err: problem }, 'Redis is unavailable: the progress of uploads on other servers is not known')
    else log.info('Redis is back')
  })
}

const siteOf = (config: Config, parts: Parts, dispatch: Dispatch): Site => ({
  ...parts,
  config,
  dispatch,
  publicUrlOf: request => publicUrlOf(request, config),
  trustedUrlOf: trustedUrlReader(config),
  ownUrlsOf: request => ownUrlsOf(request, config)
})
