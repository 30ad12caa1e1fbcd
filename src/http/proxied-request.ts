import type { IncomingMessage } from 'node:http'

/** The hosts that clients know us by when `http_proxy` points at us. */
const KNOWN_HOSTS = ['api.sendspace.com', 'www.sendspace.com', 'sendspace.com']

/** Where requests for any other host are led: never an open proxy. */
export const FORBIDDEN_PATH = '/.not-a-proxy'

/** The path of a request in absolute form (`GET http://api.sendspace.com/rest/ …`), or the url as it is. */
export function directPath ({ url = '/', socket }: Pick<IncomingMessage, 'url' | 'socket'>, publicUrl: string | undefined): string {
  if (!/^https?:\/\//i.test(url)) return url
  const target = URL.canParse(url) ? new URL(url) : undefined
  const own = ['127.0.0.1', 'localhost', '[::1]', socket.localAddress].map(host => `${host}:${socket.localPort}`)
  const isOurs = target !== undefined &&
    (KNOWN_HOSTS.includes(target.hostname) || target.origin === publicUrl || own.includes(target.host))
  return isOurs ? target.pathname + target.search : FORBIDDEN_PATH
}
