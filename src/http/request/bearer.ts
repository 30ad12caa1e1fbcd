import type { IncomingHttpHeaders } from 'node:http'

/** The token of `Authorization: Bearer TOKEN` (RFC 6750); '' for none. */
export const bearerOf = ({ headers: { authorization = '' } }: { readonly headers: IncomingHttpHeaders }): string =>
  /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? ''
