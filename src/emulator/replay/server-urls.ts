/**
 * Replaces the addresses of a recorded server in its answers by those of the recorder or the replay, and back. Uploads and downloads are often
 * on other hosts than the API: `https://fs01u.example.com/upload` becomes `/_via/https/fs01u.example.com/upload` below the local address.
 */
import { isIP } from 'node:net'

const VIA_PATH = '/_via/'
/** Maximum number of hosts; no server has as many. */
const MAX_ORIGINS = 1000

/** Elements and attributes that contain addresses of the server, rather than texts of its users. */
const URL_PLACES = /\s(?:url|progress_url|direct_download_url|download_page_url|public_url|rss_url)="(https?:\/\/[^/"?#]+)|<(?:download_url|delete_url|url)>(https?:\/\/[^/<?#]+)/gi
const ANY_URL = /(https?:\/\/[^\s"'<>/?#&]+)(\/[^\s"'<>?#&]*)?/gi

export interface ServerUrls {
  /** Whether the host belongs to the server, as far as is known. */
  knows (origin: string): boolean
  /** Notes the hosts in an answer. */
  learn (answer: string): void
  /** The text with local addresses. `base` is the local address without a final slash. */
  toLocal (text: string, base: string): string
  /** The text with the addresses of the server restored, also percent-encoded ones. */
  toServer (text: string, base: string): string
  /** The remote URL for a local path and query; undefined for an unknown host. */
  resolve (target: string): URL | undefined
}

/** `server` is the base URL of the API's server. */
export function createServerUrls (server: URL): ServerUrls {
  const origins = new Set([server.origin])
  const prefix = server.pathname.replace(/\/$/, '')
  const site = siteOf(server.hostname)

  const knows = (origin: string): boolean => {
    const normal = originOf(origin)
    return normal !== undefined && (origins.has(normal) || (site !== undefined && siteOf(new URL(normal).hostname) === site))
  }

  return {
    knows,
    learn (answer) {
      for (const [, attribute, element] of answer.matchAll(URL_PLACES)) {
        const origin = originOf(attribute ?? element ?? '')
        if (origin !== undefined && origins.size < MAX_ORIGINS) origins.add(origin)
      }
    },
    toLocal: (text, base) => text.replace(ANY_URL, (whole, origin: string, path: string = '') => {
      if (!knows(origin)) return whole
      if (originOf(origin) === server.origin && (path === prefix || path.startsWith(`${prefix}/`))) return base + path.slice(prefix.length)
      return base + VIA_PATH + origin.replace(/^(https?):\/\//i, (_all, scheme: string) => `${scheme.toLowerCase()}/`) + path
    }),
    toServer (text, base) {
      const { host } = new URL(base)
      const slash = '(?:/|%2F)'
      const local = new RegExp(`https?(:|%3A)${slash}{2}${host.replace(/[.[\]]/g, '\\$&').replace(':', '(?::|%3A)')}(?:${slash}_via${slash}(https?)${slash}([^/?&\\s%]+(?:%3A\\d+)?))?`, 'gi')
      return text.replace(local, (_whole, colon: string, scheme?: string, name?: string) => {
        const address = scheme === undefined || name === undefined ? server.origin + prefix : `${scheme}://${name.replace(/%3A/i, ':')}`
        return colon === ':' ? address : encodeURIComponent(address)
      })
    },
    resolve (target) {
      const [, scheme, host, rest = ''] = target.startsWith(VIA_PATH) ? /^\/_via\/(https?)\/([^/?#]+)(.*)$/.exec(target) ?? [] : []
      if (scheme === undefined) return target.startsWith(VIA_PATH) ? undefined : urlOf(server.origin + prefix + target)
      return knows(`${scheme}://${host}`) ? urlOf(`${scheme}://${host}${rest}`) : undefined
    }
  }
}

const urlOf = (text: string): URL | undefined => URL.canParse(text) ? new URL(text) : undefined
const originOf = (text: string): string | undefined => urlOf(text)?.origin

/** The domain shared by the hosts of one site: `example.com`, `example.co.uk`; undefined for IP addresses and bare names. */
function siteOf (hostname: string): string | undefined {
  const labels = hostname.split('.')
  if (isIP(hostname.replace(/[[\]]/g, '')) > 0 || labels.length < 2) return undefined
  const isCountry = (labels.at(-1)?.length ?? 0) === 2 && (labels.at(-2)?.length ?? 0) <= 3
  return labels.slice(isCountry ? -3 : -2).join('.')
}
