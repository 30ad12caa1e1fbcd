import type { FastifyRequest } from 'fastify'
import type { Dispatch } from '../api/dispatch.ts'
import type { Config } from '../config.ts'
import type { Policy } from '../domain/policy.ts'
import type { MailTransport, Ports } from '../ports.ts'
import type { Metrics } from './observability/metrics.ts'
import type { Readiness } from './observability/readiness.ts'
import type { RunningTransfers } from './running-transfers.ts'

/** What every route works with. */
export interface Site {
  readonly config: Config
  readonly ports: Ports
  readonly policy: Policy
  /** Takes a test mail; undefined without a mail server. */
  readonly mailTransport: MailTransport | undefined
  /** undefined when nobody is to ask for them. */
  readonly metrics: Metrics | undefined
  /** Whether requests should be sent here. */
  readonly readiness: Readiness
  readonly dispatch: Dispatch
  /** Upload ids that run in this process. */
  readonly live: Set<string>
  /** Transfers that run in this process, by account. */
  readonly transfers: RunningTransfers
  /** The address clients reach us by, without a final slash: the setting, or what this client used. */
  publicUrlOf (request: FastifyRequest): string
  /** The same for what goes to others, such as links in mails: never a host that only this client vouches for. */
  trustedUrlOf (request: FastifyRequest): string
  /** All addresses that links of ours may begin with. */
  ownUrlsOf (request: FastifyRequest): readonly string[]
}
