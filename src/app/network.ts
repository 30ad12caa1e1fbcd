/** All addresses that an app listens on, those for metrics too, and the certificate of those with TLS. */
import type { RequestListener } from 'node:http'
import type { Config } from '../config.ts'
import { connectionLimits, type ConnectionLimits } from '../domain/network/connection-limits.ts'
import { createListeners } from '../http/listeners.ts'
import type { HttpServer } from '../http/server.ts'
import type { Tunnels } from '../http/tunnels.ts'
import type { KeyPair } from '../ports.ts'
import { certificatesOf, connectionLimitsOf } from './parts.ts'
import type { Parts } from './compose.ts'

/** The sockets of an app. */
export interface Network {
  readonly connections: ConnectionLimits
  /** Whether there is a certificate that may change. */
  readonly hasCertificate: boolean
  /** As that of `Listeners`; the addresses for metrics are opened last, and not among the answer. */
  open (answer: RequestListener): Promise<readonly string[]>
  /** Looks whether there is a new certificate; a bad one is logged and not used. */
  renewCertificate (): Promise<void>
  /** Accepts no more connections and closes idle ones until none is left. */
  close (): Promise<void>
  /** After that: closes what metrics are read from, so that they can be read until the end. */
  closeMetrics (): Promise<void>
  /** Cuts what still runs. */
  cut (): void
}

/** Connections to the addresses for metrics, which have a limit of their own so that others cannot keep Prometheus out. */
const MAX_FOR_METRICS = 32

/** Nothing is listened on before `open`. Throws CertificateProblem. */
export async function createNetwork (server: HttpServer, config: Config, { log, metrics, ports }: Pick<Parts, 'log' | 'metrics' | 'ports'>,
  { tunnels, keyPair }: { readonly tunnels?: Tunnels | undefined, readonly keyPair?: KeyPair | undefined } = {}): Promise<Network> {
  const certificates = certificatesOf(config, ports.clock)
  const connections = connectionLimitsOf(config)
  const listeners = createListeners(server, config, connections, await certificates?.next() ?? keyPair, tunnels)
  const logAdvice = (): void => { for (const sentence of certificates?.takeAdvice?.() ?? []) log.warn(sentence) }
  logAdvice()
  const [measured, ...alsoMeasured] = config.metricsListen
  const metricsListeners = metrics && measured && createListeners(server, { ...config, ...measured, listen: alsoMeasured }, connectionLimits(undefined, MAX_FOR_METRICS, undefined), undefined)

  return {
    connections,
    hasCertificate: certificates !== undefined,
    async open (answer) {
      const urls = await listeners.open(answer)
      if (metrics) await metricsListeners?.open(metrics.listener)
      return urls
    },
    async renewCertificate () {
      try {
        const pair = await certificates?.next()
        logAdvice()
        if (pair === undefined) return
        listeners.useKeyPair(pair)
        log.info('new connections get the new certificate')
      } catch (error) {
        log.error({ err: error }, 'the new certificate cannot be used; the old one stays')
      }
    },
    close: listeners.close,
    closeMetrics: async () => metricsListeners?.close(),
    cut: listeners.cut
  }
}
