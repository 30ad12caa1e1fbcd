/** Addresses in settings: our own, those we listen on, those we trust. */
import { readListenAddresses, type ListenAddress } from '../domain/network/listen-address.ts'
import { isHostName } from '../domain/mail/smtp-server.ts'
import { readTrustedPeers } from '../domain/network/trusted-peers.ts'

/** The address by which clients reach us, optionally with a path; without a final slash. */
export const address = {
  name: 'address',
  read (value: string): string {
    const url = URL.canParse(value) ? new URL(value) : undefined
    const path = url?.pathname.replace(/\/+$/, '') ?? ''
    if (!url || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '' || url.username !== '' || !/^(?:\/[\w.~-]+)*$/.test(path)) {
      throw new Error('expected an address such as https://files.example.org or https://example.org/share/')
    }
    return url.origin + path
  }
}

export const listenAddresses = {
  name: 'addresses',
  isList: true,
  read: (value: string): readonly ListenAddress[] => value === 'none' ? [] : readListenAddresses(value)
} as const

export const trustedPeers = { name: 'addresses', isList: true, read: readTrustedPeers } as const

/** Errors in the addresses for metrics: no TLS there, since Prometheus asks from the same network. */
export const metricsProblems = (addresses: readonly ListenAddress[]): string[] =>
  addresses.some(({ isSecure }) => isSecure) ? ['--metrics-listen: expected http:// addresses; for https use RESPACE_METRICS_TOKEN and GET /metrics at the main address'] : []

/** Errors in the TLS settings, one sentence each. `hasAuto`: whether the command has --tls auto. */
export function tlsProblems ({ tls, tlsCert, tlsKey, listen }: {
  readonly tls: unknown, readonly tlsCert: string | undefined, readonly tlsKey: string | undefined, readonly listen: readonly ListenAddress[]
}, hasAuto: boolean): string[] {
  const hasCertificate = tls !== undefined || tlsCert !== undefined
  const isHeard = listen.some(({ isSecure }) => isSecure)
  return [
    ...(tlsCert === undefined) === (tlsKey === undefined) ? [] : ['--tls-cert and --tls-key: each needs the other'],
    ...tls !== undefined && tlsCert !== undefined ? ['--tls auto: creates a certificate, so --tls-cert must not be set'] : [],
    ...hasCertificate && !isHeard ? ['--listen: the certificate is not used by any address; add one such as https://0.0.0.0:443'] : [],
    ...isHeard && !hasCertificate ? [`--listen: https:// needs a certificate: set --tls-cert and --tls-key${hasAuto ? ', or --tls auto' : ''}`] : []
  ]
}

/** A DNS name. */
export const hostName = {
  name: 'host name',
  read (value: string): string {
    if (!isHostName(value)) throw new Error('expected a host name such as files.example.org')
    return value.toLowerCase()
  }
}
