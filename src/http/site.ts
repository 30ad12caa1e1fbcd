import type { FastifyRequest } from 'fastify'
import type { Dispatch } from '../api/dispatch.ts'
import type { Config } from '../config.ts'
import type { TextFormatter } from '../domain/files/text-language.ts'
import type { Policy } from '../domain/policy.ts'
import type { MailTransport, Ports } from '../ports.ts'
import type { Metrics } from './observability/metrics.ts'
import type { Readiness } from './observability/readiness.ts'
import type { RunningTransfers } from './running-transfers.ts'

/** The context of all routes. */
export interface Site {
  readonly config: Config
  readonly ports: Ports
  readonly policy: Policy
  /** Sends a test mail; undefined without a mail server. */
  readonly mailTransport: MailTransport | undefined
  /** undefined when metrics are off at this address. */
  readonly metrics: Metrics | undefined
  /** Whether requests should be sent here. */
  readonly readiness: Readiness
  readonly dispatch: Dispatch
  readonly formatter: TextFormatter
  /** Upload ids that run in this process. */
  readonly live: Set<string>
  /** Transfers that run in this process, by account. */
  readonly transfers: RunningTransfers
  /** The address of this server, without a final slash: the setting, or the one that this client used. */
  publicUrlOf (request: FastifyRequest): string
  /** The same for links sent to others, such as in mails: never a host that only this client claims. */
  trustedUrlOf (request: FastifyRequest): string
  /** All addresses of our links. */
  ownUrlsOf (request: FastifyRequest): readonly string[]
}
