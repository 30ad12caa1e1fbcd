/** Creates the parts that `compose.ts` assembles from the settings. */
import type { Logger } from 'pino'
import { watchCertificateFiles } from '../adapters/tls/certificate-files.ts'
import { openLocalAuthority } from '../adapters/tls/local-authority.ts'
import { readOpenFileLimit } from '../adapters/open-file-limit.ts'
import { createThumbnailMaker } from '../adapters/children/thumbnail-maker.ts'
import { createSmtp } from '../adapters/smtp.ts'
import { childEnvironment, type Config } from '../config.ts'
import { connectionLimits, type ConnectionLimits } from '../domain/network/connection-limits.ts'
import type { ThumbnailMaker } from '../domain/files/thumbnail.ts'
import type { Plans } from '../domain/accounts/plan.ts'
import type { SetBranding } from '../domain/branding.ts'
import type { Policy } from '../domain/policy.ts'
import { ehloName } from '../domain/mail/smtp-server.ts'
import type { Metrics } from '../http/observability/metrics.ts'
import type { MetricsSource } from '../http/observability/part-metrics.ts'
import type { MailTransport, CertificateSource, Clock } from '../ports.ts'

/** undefined without a mail server. */
export function mailTransportOf ({ smtpUrl, mailFrom, smtpName, publicUrl, smtpCa, smtpTimeout }: Config): MailTransport | undefined {
  return smtpUrl && mailFrom && createSmtp({ server: smtpUrl, from: mailFrom, name: ehloName(smtpName, publicUrl, mailFrom), authorities: smtpCa, timeout: smtpTimeout })
}

/** One that makes none where they are off. */
export const thumbnailMakerOf = ({ thumbnails }: Config, log: Logger): ThumbnailMaker =>
  thumbnails ? createThumbnailMaker(log, childEnvironment()) : { make: async () => undefined, isAble: () => false, close: () => undefined }

export const connectionLimitsOf = ({ maxConnections, connectionsPerAddress }: Config): ConnectionLimits =>
  connectionLimits(readOpenFileLimit(), maxConnections, connectionsPerAddress)

/** undefined without TLS. */
export function certificatesOf ({ tls, tlsCert, tlsKey, storage, host, listen, publicUrl }: Config, clock: Clock): CertificateSource | undefined {
  if (tlsCert !== undefined && tlsKey !== undefined) return watchCertificateFiles(tlsCert, tlsKey)
  if (tls === undefined) return undefined
  const own = [host, ...listen.map(address => address.host), ...publicUrl === undefined ? [] : [new URL(publicUrl).hostname.replace(/^\[|\]$/g, '')]]
  return openLocalAuthority(storage, own, clock)
}

/** Loaded on demand: the metrics package takes a tenth of a start. */
export async function metricsOf ({ metricsListen, metricsToken }: Config, source: MetricsSource): Promise<Metrics | undefined> {
  if (metricsListen.length === 0 && metricsToken === undefined) return undefined
  return (await import('../http/observability/metrics.ts')).createMetrics(source)
}

/** Settings that the rules depend on. */
export function policyOf (config: Config): Policy {
  return {
    publicUrl: config.publicUrl,
    plans: plansOf(config),
    defaultPlan: config.defaultPlan,
    registration: config.registration,
    branding: brandingOf(config),
    apiKeys: config.apiKeys,
    minAppVersion: config.minAppVersion ?? new Map(),
    sessionIdle: config.sessionIdle,
    tokenLifetime: config.tokenLifetime,
    drainLimit: config.drainLimit,
    accountsPerHour: config.accountsPerHour,
    mailsPerHour: config.mailsPerHour,
    limitsAttempts: true,
    anonymousStorage: config.anonymousStorage,
    anonymousExpiry: config.anonymousExpiry,
    anonymousMaxExpiry: config.anonymousMaxExpiry
  }
}

/** How the settings say that the site looks. */
export const brandingOf = ({ siteName, siteLogo, siteColor = '', siteDarkColor = '', siteNote = '', imprintUrl = '', termsUrl = '', privacyUrl = '', abuseUrl = '' }: Config): SetBranding => ({
  name: siteName, logo: siteLogo, color: siteColor, darkColor: siteDarkColor, note: siteNote, imprint: imprintUrl, terms: termsUrl, privacy: privacyUrl, abuse: abuseUrl
})

/** The size for all plans overrides their own sizes. */
function plansOf ({ plans, maxFileSize }: Config): Plans {
  if (maxFileSize === undefined) return plans
  const { anonymous, Lite, Pro, Max } = plans
  return {
    anonymous: { ...anonymous, maxFileSize }, Lite: { ...Lite, maxFileSize }, Pro: { ...Pro, maxFileSize }, Max: { ...Max, maxFileSize }
  }
}
