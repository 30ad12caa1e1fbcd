/** client.download, and the url of a direct link. */
import { PATHS, readPath } from '../../domain/url-paths.ts'
import { createNewestMap } from '../../domain/newest-map.ts'
import { attributesOf, elementsOf, targetOf } from './answer-text.ts'
import type { Seen, Watcher, WatcherOptions } from './seen.ts'

const MAX_LINKS = 5000

export function watchDownloads ({ tell }: WatcherOptions): Watcher {
  /** Targets of the direct links in answers, by the part before the name of the file. */
  const links = createNewestMap<Set<string>>(MAX_LINKS)

  function see (seen: Seen): void {
    const { entry: { phase, path, at, response, verb, fault }, evidence: { target, headers }, text } = seen
    if (phase === 'api') {
      for (const name of ['url', 'direct_download_url', 'download_url', 'delete_url']) for (const url of [...attributesOf(text, name), ...elementsOf(text, name)]) addLink(targetOf(url))
      return
    }
    if (phase !== 'download' || (verb !== 'GET' && verb !== 'HEAD')) return
    const given = links.get(withoutName(target))
    // The signature does not cover the name, so such a link works here.
    if (given !== undefined && !given.has(target)) tell('client.xml/url-changed', seen, 'the name at the end of a direct link was changed')
    // Pages have links, too: only a link that the server did not sign is certainly made up.
    if (given === undefined && fault === null && isUnsigned(path, response.status, Date.parse(at))) tell('client.download/rebuilt-link', seen, `a direct link that is in no answer was answered ${response.status}`)
    const start = Number(/^\s*bytes\s*=\s*(\d+)-/i.exec(headers.range ?? '')?.[1] ?? 0)
    if (start > 0 && headers['if-range'] === undefined) tell('client.download/no-if-range', seen, `the bytes from ${start} on were requested, even if the file has changed`)
  }

  function addLink (target: string): void {
    if (!target.startsWith('/dl/') && !target.startsWith('/view/')) return
    const known = links.get(withoutName(target)) ?? new Set()
    links.set(withoutName(target), known.add(target))
  }

  return { see, forget: links.clear }
}

/** Whether a refused link was not signed by the server: an expired one was valid once, and a file may be gone. */
function isUnsigned (path: string, status: number | null, now: number): boolean {
  if (status !== 404 && status !== 410) return false
  const payload = (readPath(PATHS.directLink, path) ?? readPath(PATHS.viewLink, path))?.get('payload') ?? ''
  if (!/^[0-9a-f]{16}$/.test(payload)) return true
  const expiresAt = parseInt(payload.slice(0, 8), 16) * 1000
  return status === 410 && (expiresAt === 0 || expiresAt > now)
}

/** `/dl/SIGNATURE/PAYLOAD/ID`. */
const withoutName = (target: string): string => target.split('/').slice(0, 5).join('/')
