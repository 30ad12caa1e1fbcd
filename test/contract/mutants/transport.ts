import type { MutableAnswer, Mutant } from '../mutant.ts'
import { rewriteApi } from '../mutant.ts'

const isRest = (path: string): boolean => /^\/rest\/?$/.test(path)

const answer = (status: number, body: string, headers: MutableAnswer['headers'] = []): MutableAnswer => ({ status, headers, body: Buffer.from(body) })
const NOTHING = answer(404, 'not found')
const OPEN = answer(200, '<?xml version="1.0" encoding="UTF-8"?>\n<result method="x" status="ok">\n</result>\n', [['content-type', 'text/xml']])

/** Sets, or removes, a header of every answer of some paths. */
const withHeader = (name: string, value: string | undefined, isMeant: (path: string, method: string) => boolean): NonNullable<Mutant['answer']> => (sent, { path, method }) => {
  if (!isMeant(path, method)) return
  sent.headers = [...sent.headers.filter(([header]) => header.toLowerCase() !== name), ...value === undefined ? [] : [[name, value] as [string, string]]]
}

/** Keeps one of two values of a name. */
const firstOf = (query: URLSearchParams): URLSearchParams => new URLSearchParams([...query].reverse().map(([name, value]): [string, string] => [name, value])
  .filter(([name], i, all) => all.findLastIndex(([other]) => other === name) === i))

const isUrlencoded = (type: string | undefined): boolean => type?.startsWith('application/x-www-form-urlencoded') === true
const isForm = (type: string | undefined): boolean => type?.startsWith('multipart/') === true

export const transportMutants: readonly Mutant[] = [
  { name: 'no endpoint with a slash', kills: ['transport/rest-with-slash'], request: ({ path }) => path === '/rest/' ? NOTHING : undefined },
  { name: 'no endpoint without a slash', kills: ['transport/rest-without-slash'], request: ({ path }) => path === '/rest' ? NOTHING : undefined },
  { name: 'the query of a POST is ignored', kills: ['transport/post-empty-body', 'transport/body-beats-query'], request (request) { if (isRest(request.path) && request.method === 'POST') request.query = new URLSearchParams(); return undefined } },
  { name: 'urlencoded bodies are ignored', kills: ['transport/post-urlencoded', 'transport/body-64k', 'transport/last-repeat-body'], request (request) { if (isRest(request.path) && isUrlencoded(request.headers['content-type'])) request.body = Buffer.alloc(0); return undefined } },
  { name: 'forms are ignored', kills: ['transport/post-multipart', 'transport/last-repeat-body'], request (request) { if (isRest(request.path) && isForm(request.headers['content-type'])) delete request.headers['content-type']; return undefined } },
  {
    name: 'the query beats the body',
    kills: ['transport/body-beats-query'],
    request (request) {
      if (isRest(request.path) && isUrlencoded(request.headers['content-type'])) request.body = Buffer.from(String(new URLSearchParams([...new URLSearchParams(request.body.toString()), ...request.query])))
      return undefined
    }
  },
  { name: 'the first of repeated names counts', kills: ['transport/last-repeat-query'], request (request) { if (isRest(request.path)) request.query = firstOf(request.query); return undefined } },
  {
    name: 'the first of repeated names in a body counts',
    kills: ['transport/last-repeat-body'],
    request (request) {
      if (isRest(request.path) && isUrlencoded(request.headers['content-type'])) request.body = Buffer.from(String(firstOf(new URLSearchParams(request.body.toString()))))
      return undefined
    }
  },
  { name: 'names of parameters in small letters only', kills: ['transport/names-any-case'], request ({ path, query }) { if (isRest(path)) for (const name of [...query.keys()]) if (name !== name.toLowerCase()) query.delete(name); return undefined } },
  { name: 'methods by their exact names', kills: ['transport/method-any-case', 'answers/echo-as-sent'], request: ({ path, query }) => isRest(path) && query.get('method') === 'AUTH.CREATETOKEN' ? NOTHING : undefined },
  { name: 'JSON when it is asked for', kills: ['transport/response-format-json'], request: ({ query }) => query.get('response_format') === 'json' ? answer(200, '{"token":"x"}', [['content-type', 'application/json']]) : undefined },
  { name: 'XML is unknown as a format', kills: ['transport/response-format-xml'], request: ({ query }) => query.get('response_format') === 'XML' ? NOTHING : undefined },
  ...([
    ['plus', 'transport/plus-is-space', / /g, '+'], ['%20', 'transport/percent20-is-space', / /g, '%20'], ['emoji', 'transport/utf8', /🦊/gu, '?'], ['commas', 'transport/unescaped-marks', /,/g, ''],
    ['malformed sequences', 'transport/malformed-percent', /%zz/g, 'zz'], ['bytes that are no UTF-8', 'transport/no-utf8', /\ufffd/g, 'ÿ']
  ] as const).map(([what, kill, from, to]): Mutant => ({ name: `${what} in a name are read in another way`, kills: [kill], answer: rewriteApi((text, { query }) => query.get('method')?.startsWith('folders.') === true ? text.replace(/ name="[^"]*"/g, name => ` ${name.slice(1).replace(from, to)}`) : text) })),
  { name: 'raw bytes in the request line are 400', kills: ['transport/raw-bytes'], proxy (server) { server.removeAllListeners('clientError') } },
  { name: 'failures are 400', kills: ['transport/failure-is-200'], answer (sent) { if (sent.body.includes('status="fail"')) sent.status = 400 } },
  { name: 'answers are HTML', kills: ['transport/type-xml', 'transport/type-charset'], answer: withHeader('content-type', 'text/html', isRest) },
  { name: 'answers may be kept', kills: ['transport/no-store'], answer: withHeader('cache-control', 'max-age=60', isRest) },
  { name: 'no page of another site may call', kills: ['transport/cors-rest', 'transport/preflight-rest'], answer: withHeader('access-control-allow-origin', undefined, isRest) },
  { name: 'no page of another site may upload', kills: ['transport/cors-upload', 'transport/preflight-upload'], answer: withHeader('access-control-allow-origin', undefined, path => path === '/apiupload') },
  { name: 'no page of another site may see progress', kills: ['transport/cors-progress', 'transport/preflight-progress'], answer: withHeader('access-control-allow-origin', undefined, path => path.startsWith('/progress')) },
  { name: 'HEAD is not known', kills: ['transport/head'], request: ({ method }) => method === 'HEAD' ? answer(405, '') : undefined },
  { name: 'other verbs are GET', kills: ['transport/other-verbs'], request (request) { if (isRest(request.path) && /^(?:PUT|PATCH|DELETE)$/.test(request.method)) request.method = 'GET'; return undefined } },
  {
    name: 'bodies of any size',
    kills: ['transport/body-over-64k', 'transport/body-over-64k-chunked', 'transport/body-over-64k-multipart'],
    request (request) {
      if (!isRest(request.path) || request.body.length <= 65_536) return undefined
      request.body = Buffer.from('')
      return undefined
    }
  },
  { name: 'no absolute form', kills: ['transport/absolute-form-own', 'transport/absolute-form-sendspace'], request: ({ target }) => target.startsWith('http:') ? answer(403, '') : undefined },
  {
    name: 'an open proxy',
    kills: ['transport/absolute-form-foreign', 'transport/connect-refused'],
    request: ({ target }) => target.startsWith('http://respace-check') ? OPEN : undefined,
    proxy (server) {
      server.on('connect', (_request, socket) => socket.end('HTTP/1.1 200 Connection established\r\n\r\n'))
    }
  },
  { name: 'one call for each connection', kills: ['transport/keep-alive', 'transport/pipelined'], answer: withHeader('connection', 'close', isRest) },
  { name: 'many calls get the answer of one', kills: ['transport/keep-alive', 'transport/pipelined', 'transport/parallel'], answer: rewriteApi(text => text.replace(/<error code="\d+"/, '<error code="2"')) },
  { name: 'plain links over HTTPS', kills: ['transport/https-same'], answer: rewriteApi(text => text.replaceAll('="https://', '="http://')) }
]
