import { rewriteApi, type MutableAnswer, type MutableRequest, type Mutant } from '../mutant.ts'

type Asked = Pick<MutableRequest, 'method' | 'path' | 'query'>

const isLink = ({ path }: Asked): boolean => path.startsWith('/dl/')
const idIn = ({ path }: Asked): string => /^\/(?:dl\/\w+\/\w+|file)\/(\w{6})/.exec(path)?.[1] ?? ''

/** Changes the request of a direct link. */
const link = (change: (request: MutableRequest) => void): NonNullable<Mutant['request']> => request => {
  if (isLink(request)) change(request)
  return undefined
}

/** Changes the answer of a direct link. */
const sent = (change: (answer: MutableAnswer, request: Asked) => void): NonNullable<Mutant['answer']> => (answer, request) => {
  if (isLink(request)) change(answer, request)
}

const headerIn = ({ headers }: MutableAnswer, name: string): string => headers.find(([header]) => header.toLowerCase() === name)?.[1] ?? ''

const withHeader = (answer: MutableAnswer, name: string, change: (value: string) => string | undefined): void => {
  answer.headers = answer.headers.flatMap(([header, value]) => {
    const now = header.toLowerCase() === name ? change(value) : value
    return now === undefined ? [] : [[header, now] as [string, string]]
  })
}

/** Changes the request of files.setInfo. */
const limits = (change: (query: URLSearchParams) => void): NonNullable<Mutant['request']> => ({ query }) => {
  if (query.get('method')?.toLowerCase() === 'files.setinfo') change(query)
  return undefined
}

/** Changes the download count of a file after requests that should not count. */
function counting (by: (answer: MutableAnswer, request: Asked & Partial<MutableRequest>) => number): NonNullable<Mutant['answer']> {
  const more = new Map<string, number>()
  return (answer, request) => {
    if (request.path.startsWith('/rest')) {
      answer.body = Buffer.from(answer.body.toString().replace(/(<file id="(\w+)"[^>]* downloads=")(\d+)"/g, (_, start: string, id: string, count: string) => `${start}${Math.max(0, Number(count) + (more.get(id) ?? 0))}"`))
    } else {
      const id = idIn(request)
      if (id !== '') more.set(id, (more.get(id) ?? 0) + by(answer, request))
    }
  }
}

/** Downloads are counted when they begin. */
function countingBegun (): Pick<Mutant, 'request' | 'answer'> {
  const begun = new Map<string, number>()
  return {
    request: link(request => { if (request.method === 'GET') begun.set(idIn(request), (begun.get(idIn(request)) ?? 0) + 1) }),
    answer: rewriteApi(text => text.replace(/(<file id="(\w+)"[^>]* downloads=")\d+"/g, (_, start: string, id: string) => `${start}${begun.get(id) ?? 0}"`))
  }
}

/** A file that was downloaded once stays available for ever. */
function immortal (): NonNullable<Mutant['answer']> {
  const known = new Map<string, MutableAnswer>()
  return (answer, request) => {
    const before = known.get(request.path)
    if (!isLink(request) || request.method !== 'GET') return
    if (answer.status === 200) known.set(request.path, { ...answer })
    else if (before !== undefined && answer.status >= 400) Object.assign(answer, before)
  }
}

/** A download that has begun keeps its slot, even if it breaks off. */
function keepingPlaces (): NonNullable<Mutant['request']> {
  const begun = new Set<string>()
  return request => {
    if (!isLink(request) || request.method !== 'GET') return undefined
    if (begun.has(request.path)) return { status: 403, headers: [], body: Buffer.alloc(0) }
    begun.add(request.path)
    return undefined
  }
}

/** Uploads use bandwidth, too. */
function costlyUploads (): Pick<Mutant, 'request' | 'answer'> {
  let uploads = 0
  return {
    request (request) {
      if (request.path.startsWith('/apiupload')) uploads++
      return undefined
    },
    answer: rewriteApi(text => text.replace(/<bandwidth_left>(\d+)</, (_, left: string) => `<bandwidth_left>${Number(left) - uploads}<`))
  }
}

const endsFile = (answer: MutableAnswer): boolean => /^bytes \d+-999\/1000$/.test(headerIn(answer, 'content-range'))

export const downloadMutants: readonly Mutant[] = [
  { name: 'another last byte', kills: ['download/bytes'], answer: sent(answer => { if (answer.status === 200 && answer.body.length > 0) answer.body[answer.body.length - 1] = 255 }) },
  { name: 'Range is not read', kills: ['download/range', 'download/range-unsatisfiable', 'download/if-range'], request: link(({ headers }) => { delete headers.range }) },
  {
    name: 'long suffix ranges are refused',
    kills: ['download/range-suffix-long'],
    request: request => isLink(request) && /^bytes=-\d{4}$/.test(request.headers.range ?? '') ? { status: 416, headers: [], body: Buffer.alloc(0) } : undefined
  },
  { name: 'the first of several ranges', kills: ['download/ranges-several'], request: link(({ headers }) => { if (headers.range !== undefined) headers.range = headers.range.replace(/,.*/, '') }) },
  { name: 'a weak ETag', kills: ['download/etag'], answer: sent(answer => { withHeader(answer, 'etag', value => `W/${value}`) }) },
  { name: 'If-Modified-Since is not read', kills: ['download/modified-since'], request: link(({ headers }) => { delete headers['if-modified-since'] }) },
  { name: 'preconditions are not read', kills: ['download/preconditions'], request: link(({ headers }) => { delete headers['if-match']; delete headers['if-unmodified-since'] }) },
  { name: 'If-Range is not read', kills: ['download/if-range-stale'], request: link(({ headers }) => { delete headers['if-range'] }) },
  { name: 'HEAD without a name', kills: ['download/head'], answer: sent((answer, { method }) => { if (method === 'HEAD') withHeader(answer, 'content-disposition', () => undefined) }) },
  { name: 'files are shown', kills: ['download/attachment'], answer: sent(answer => { withHeader(answer, 'content-disposition', value => value.replace('attachment', 'inline')) }) },
  { name: 'names without filename*', kills: ['download/name'], answer: sent(answer => { withHeader(answer, 'content-disposition', value => value.replace(/; filename\*=[^;]*/, '')) }) },
  { name: 'an empty file is no content', kills: ['download/empty'], answer: sent(answer => { if (answer.status === 200 && answer.body.length === 0) answer.status = 204 }) },

  { name: 'nothing is counted', kills: ['count/whole', 'count/range-end', 'count/parallel', 'count/pieces'], answer: rewriteApi(text => text.replace(/ downloads="\d+"/g, ' downloads="0"')) },
  { name: 'HEAD is GET', kills: ['count/head', 'limit/head-keeps-place'], request: link(request => { if (request.method === 'HEAD') request.method = 'GET' }) },
  { name: 'pages are counted', kills: ['count/page'], answer: counting((_, { path }) => path.startsWith('/file/') ? 1 : 0) },
  { name: 'prefetches are counted', kills: ['count/prefetch'], answer: counting((_, request) => request.headers?.['sec-purpose'] === 'prefetch' ? 1 : 0) },
  { name: 'what has not changed is counted', kills: ['count/not-modified'], answer: counting(({ status }) => status === 304 ? 1 : 0) },
  { name: 'every range is counted', kills: ['count/range-inside'], answer: counting(answer => answer.status === 206 && !endsFile(answer) ? 1 : 0) },
  { name: 'no range is counted', kills: ['count/range-end'], answer: counting(answer => answer.status === 206 && endsFile(answer) ? -1 : 0) },
  { name: 'ten at most are counted', kills: ['count/parallel'], answer: rewriteApi(text => text.replace(/ downloads="\d{2,}"/g, ' downloads="10"')) },
  { name: 'downloads are counted when they begin', kills: ['count/aborted'], ...countingBegun() },

  {
    name: 'download limits are not kept',
    kills: ['limit/block', 'limit/block-answers', 'limit/delete', 'limit/move', 'limit/move-clears', 'limit/last-place', 'limit/place-held'],
    request: limits(query => { query.delete('downloads_limit') })
  },
  { name: 'time limits are not kept', kills: ['limit/time-block', 'limit/time-delete', 'limit/time-move', 'limit/at-once'], request: limits(query => { query.delete('time_limit') }) },
  { name: 'links for ever', kills: ['links/direct-name', 'links/direct-password', 'limit/block', 'limit/delete'], answer: immortal() },
  { name: 'what is blocked is not found', kills: ['limit/block-answers'], answer: (answer, { path }) => { if (!path.startsWith('/rest') && answer.status === 403) answer.status = 404 } },
  { name: 'blocked instead of deleted', kills: ['limit/delete', 'limit/time-delete', 'limit/at-once'], request: limits(query => { if (query.get('limit_action') === '2') query.set('limit_action', '1') }) },
  { name: 'blocked instead of moved', kills: ['limit/move', 'limit/move-clears', 'limit/time-move'], request: limits(query => { if (query.get('limit_action') === '3') query.set('limit_action', '1') }) },
  { name: 'limits stay after the move', kills: ['limit/move-clears'], answer: rewriteApi(text => text.replace(/ download_limit=""/g, ' download_limit="1"')) },
  { name: 'places are kept', kills: ['limit/place-freed'], request: keepingPlaces() },
  { name: 'one more than allowed', kills: ['limit/last-place'], request: limits(query => { if (query.get('downloads_limit') === '1') query.set('downloads_limit', '2') }) },

  { name: 'bandwidth is not used up', kills: ['bandwidth/of-owner', 'bandwidth/of-session'], answer: rewriteApi(text => text.replace(/<bandwidth_left>\d+</, '<bandwidth_left>100000<')) },
  { name: 'uploads take bandwidth', kills: ['bandwidth/uploads-free'], ...costlyUploads() },
  {
    name: 'downloads are cut where the bandwidth ends',
    kills: ['bandwidth/never-cut'],
    answer: sent(answer => {
      if (answer.status < 500) return
      answer.status = 200
      answer.body = Buffer.from('cut')
    })
  }
]
