/** An address to listen on. An IPv6 address has no brackets; port 0 picks a free one. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
  readonly isSecure: boolean
}

/** Reads `HOST:PORT`, `http://HOST:PORT` or `https://HOST:PORT`, several with commas. Throws an error that says what was expected. */
export function readListenAddresses (text: string): readonly ListenAddress[] {
  return text.split(',').map(item => readAddress(item.trim()))
}

function readAddress (text: string): ListenAddress {
  const [, scheme = 'http', bracketed, name = '', digits] = /^(?:(https?):\/\/)?(?:\[([0-9a-f:.]+)\]|([^\s:/[\]@]+)):(\d{1,5})\/?$/i.exec(text) ?? []
  const port = Number(digits)
  if (!(port <= 65535)) throw new Error('expected HOST:PORT, http://HOST:PORT or https://HOST:PORT, several with commas')
  return { host: bracketed ?? name, port, isSecure: scheme.toLowerCase() === 'https' }
}

/** As in a URL: `host:port`, with brackets around IPv6. */
export const hostAndPort = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`
