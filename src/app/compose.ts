/** The first stage of the making of an app: settings and an opened storage become the parts that everything works with. */
import { pino, type DestinationStream, type Logger } from 'pino'
import { createTextFormatter } from '../adapters/children/text-formatter.ts'
import { watchClock } from '../adapters/clock-watch.ts'
import { logToOutput } from '../adapters/output-log.ts'
import { childEnvironment, type Config } from '../config.ts'
import type { TextFormatter } from '../domain/files/text-language.ts'
import type { Policy } from '../domain/policy.ts'
import type { Metrics } from '../http/observability/metrics.ts'
import { createReadiness, type Readiness } from '../http/observability/readiness.ts'
import { createRunningTransfers, type RunningTransfers } from '../http/running-transfers.ts'
import { createDelivery, type Delivery } from '../mail/delivery.ts'
import type { MailTransport, Ports } from '../ports.ts'
import { tryPutOffMails } from '../store/operations/mails.ts'
import { createDownloadCounts } from '../transfer/download-counts.ts'
import { limitCounted } from '../transfer/download-quota.ts'
import { createThumbnailQueue, type ThumbnailQueue } from '../transfer/thumbnails.ts'
import { mailTransportOf, metricsOf, policyOf, thumbnailMakerOf } from './parts.ts'

/** Other adapters than the embedded default; the log goes to standard output unless told. */
export interface Overrides extends Partial<Ports> {
  readonly logStream?: DestinationStream
  readonly policy?: Partial<Policy>
}

/** What everything works with. None of it does anything yet. */
export interface Parts {
  readonly log: Logger
  readonly ports: Ports
  readonly policy: Policy
  /** Upload ids that run. */
  readonly live: Set<string>
  readonly transfers: RunningTransfers
  readonly readiness: Readiness
  /** undefined when nobody is to ask for them. */
  readonly metrics: Metrics | undefined
  /** undefined without a mail server. */
  readonly mailTransport: MailTransport | undefined
  readonly delivery: Delivery
  readonly thumbnails: ThumbnailQueue
  readonly formatter: TextFormatter
}

/** `isClockWatched` is false where tests of clients turn the clock as they like, and look at each count at once. */
export async function composeParts (
  config: Config, opened: Omit<Ports, 'mailer' | 'thumbnails' | 'counts'>, { logStream, policy: ownPolicy, ...others }: Overrides, isClockWatched: boolean
): Promise<Parts> {
  const log = pino({ level: config.logLevel }, logStream ?? logToOutput())
  const counts = createDownloadCounts(others.sql ?? opened.sql, isClockWatched, async id => limitCounted(id, given), error => { log.error({ err: error }, 'downloads were not counted') })
  const given: Ports = { ...opened, counts, mailer: { wake: () => { delivery.wake() } }, thumbnails: { want: file => { thumbnails.want(file) } }, ...others }
  const clock = isClockWatched ? watchClock(given.clock, afterJump) : given.clock
  const policy = { ...policyOf(config), ...ownPolicy }
  const live = new Set<string>()
  const readiness = createReadiness(given)
  const unwatched: Ports = { ...given, clock }
  const metrics = await metricsOf(config, { ports: unwatched, policy, live, readiness })
  const ports = metrics?.watchErrors(unwatched) ?? unwatched
  const mailTransport = mailTransportOf(config)
  const delivery = createDelivery(ports, { mailTransport, timeout: config.smtpTimeout, mailsPerHour: config.mailsPerHour, publicUrl: config.publicUrl, branding: policy.branding, log })

  const thumbnails = createThumbnailQueue(ports, thumbnailMakerOf(config, log), (error, file) => { log.info({ err: error, file: file.id }, 'a thumbnail was not made') })

  function afterJump (jump: number): void {
    log.warn({ seconds: Math.round(jump / 1000) }, 'the clock has jumped, or this process stood still')
    if (jump < 0) tryPutOffMails(given.sql, given.clock.now()).then(() => { delivery.wake() }, (error: unknown) => { log.error({ err: error }, 'mails wait for a wrong time') })
  }

  return { log, ports, policy, live, transfers: createRunningTransfers(), readiness, metrics, mailTransport, delivery, thumbnails, formatter: createTextFormatter(log, childEnvironment()) }
}
