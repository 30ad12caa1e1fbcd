/** As much of S3 as is needed here, in memory, for tests of every day; it fails as it is told to. Ceph is the real one. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { AwsV4Signer } from 'aws4fetch'
import { readBlobStore, type BlobStore } from '../../src/domain/files/blob-store.ts'
import type { Teardown } from './server.ts'

/** What becomes of one request: an answer of an overloaded store, a cut connection before or after the work was done, half an answer, a redirect, a bit that turns over on the way there. */
export type Fault = 'busy' | 'damaged' | 'reset' | 'lost answer' | 'late error' | 'cut' | 'forbidden' | 'redirect' | undefined

export interface FakeS3 {
  readonly url: string
  readonly store: BlobStore
  readonly objects: Map<string, Buffer>
  /** By upload id. */
  readonly unfinished: Map<string, { readonly key: string, readonly parts: Map<number, Buffer> }>
  /** Every request so far, as `PUT key?query`. */
  readonly requests: string[]
  /** Asked before each request. */
  fault: (request: string) => Fault | Promise<Fault>
  /** What a gateway in front makes of an answer to a GET or HEAD of an object. */
  gateway: (answer: Worked, request: IncomingMessage) => Worked
}

type Worked = [status: number, headers: Record<string, string | number>, bytes: Buffer]

export const KEYS = { accessKey: 'RESPACEACCESS', secretKey: 'very-secret-key' }

/** `parameters` stand in its address behind the endpoint, to which `path` belongs. */
export async function startFakeS3 (t: Teardown, parameters = '', path = ''): Promise<FakeS3> {
  const server = createServer((request, response) => {
    answer(request, response, standIn).catch(() => { response.destroy() })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const standIn: FakeS3 = {
    url,
    store: readBlobStore(`s3://bucket/files?endpoint=${url}${path}${parameters}`),
    objects: new Map(),
    unfinished: new Map(),
    requests: [],
    fault: () => undefined,
    gateway: answer => answer
  }
  return standIn
}

async function answer (request: IncomingMessage, response: ServerResponse, standIn: FakeS3): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost')
  const key = pathname.replace(/^.*?\/bucket\//, '')
  const name = `${request.method} ${key}?${[...searchParams].filter(([name]) => !/^x-amz/i.test(name)).map(pair => pair.join('=')).join('&')}`
  standIn.requests.push(name)
  const fault = await standIn.fault(name)
  if (fault === 'reset') {
    request.socket.destroy()
    return
  }
  const body = await buffer(request)
  if (fault === 'damaged' && body.length > 0) body.writeUInt8(body.readUInt8(0) ^ 1)
  if (fault === 'busy') return refuse(response, 503, 'SlowDown')
  if (fault === 'forbidden' || !await isSigned(request)) return refuse(response, 403, 'AccessDenied')
  const hash = request.headers['x-amz-content-sha256']
  if (hash !== undefined && hash !== createHash('sha256').update(body).digest('hex')) return refuse(response, 400, 'XAmzContentSHA256Mismatch')
  if (fault === 'redirect') {
    response.writeHead(307, { location: `/other${request.url}` }).end()
    return
  }
  if (fault === 'late error') {
    response.end('<?xml version="1.0"?>\n  <Error><Code>InternalError</Code></Error>')
    return
  }
  const isObject = (request.method === 'GET' || request.method === 'HEAD') && key.startsWith('files/')
  const worked = work(request, key, searchParams, body, standIn)
  const [status, headers, bytes] = isObject ? standIn.gateway(worked, request) : worked
  if (fault === 'lost answer') {
    request.socket.destroy()
    return
  }
  const { 'transfer-encoding': coding, ...rest } = headers
  response.writeHead(status, coding === undefined ? { 'content-length': bytes.length, ...rest } : rest)
  if (fault === 'cut') response.write(bytes.subarray(0, bytes.length / 2), () => { request.socket.destroy() })
  else response.end(request.method === 'HEAD' ? undefined : bytes)
}

/** Whether the signature is the one of just this request. */
async function isSigned ({ method = '', url = '', headers }: IncomingMessage): Promise<boolean> {
  const address = new URL(url, `http://${headers.host}`)
  const signing = { method, service: 's3', region: 'us-east-1', accessKeyId: KEYS.accessKey, secretAccessKey: KEYS.secretKey }
  if (headers.authorization !== undefined) {
    const hash = String(headers['x-amz-content-sha256'])
    const signed = await new AwsV4Signer({ ...signing, url: address.href, headers: { 'x-amz-content-sha256': hash }, datetime: String(headers['x-amz-date']) }).sign()
    return signed.headers.get('authorization') === headers.authorization
  }
  const signature = address.searchParams.get('X-Amz-Signature')
  address.searchParams.delete('X-Amz-Signature')
  const datetime = address.searchParams.get('X-Amz-Date') ?? ''
  const signed = await new AwsV4Signer({ ...signing, url: address.href, signQuery: true, datetime }).sign()
  return signature !== null && signed.url.searchParams.get('X-Amz-Signature') === signature
}

function refuse (response: ServerResponse, status: number, code: string): void {
  // As the real ones do, with what must not come into a log.
  response.writeHead(status).end(`<Error><Code>${code}</Code><Message>no</Message><AWSAccessKeyId>${KEYS.accessKey}</AWSAccessKeyId></Error>`)
}

function work (request: IncomingMessage, key: string, query: URLSearchParams, body: Buffer, { objects, unfinished }: FakeS3): Worked {
  const uploadId = query.get('uploadId') ?? ''
  const upload = unfinished.get(uploadId)
  const missing: Worked = [404, {}, Buffer.from(`<Error><Code>${uploadId === '' ? 'NoSuchKey' : 'NoSuchUpload'}</Code></Error>`)]
  const etag = `"${createHash('md5').update(body).digest('hex')}"`
  switch (request.method) {
    case 'POST': {
      if (query.has('uploads')) {
        const id = `upload/${unfinished.size}~${key.length}+${objects.size}`
        unfinished.set(id, { key, parts: new Map() })
        return [200, {}, Buffer.from(`<R><UploadId>${id}</UploadId></R>`)]
      }
      if (upload === undefined) return missing
      const numbers = [...body.toString().matchAll(/<PartNumber>(\d+)</g)].map(([, number]) => Number(number))
      const parts = numbers.map(number => upload.parts.get(number))
      const etags = [...body.toString().matchAll(/<ETag>([^<]*)</g)].map(([, etag = '']) => etag)
      const areSame = parts.every((part, index) => part !== undefined && etags[index] === `"${createHash('md5').update(part).digest('hex')}"`)
      const isWhole = areSame && parts.every((part, index) => part !== undefined && (part.length >= 5 * 1024 * 1024 || index === parts.length - 1))
      if (!isWhole || parts.length === 0) return [400, {}, Buffer.from('<Error><Code>InvalidPart</Code></Error>')]
      objects.set(key, Buffer.concat(parts.flatMap(part => part ?? [])))
      unfinished.delete(uploadId)
      return [200, {}, Buffer.from('<R/>')]
    }
    case 'PUT':
      if (!query.has('uploadId')) objects.set(key, body)
      else if (upload === undefined) return missing
      else upload.parts.set(Number(query.get('partNumber')), body)
      return [200, { etag }, Buffer.alloc(0)]
    case 'DELETE':
      if (query.has('uploadId')) return unfinished.delete(uploadId) ? [204, {}, Buffer.alloc(0)] : missing
      objects.delete(key)
      return [204, {}, Buffer.alloc(0)]
    default:
      if (query.has('list-type')) return [200, {}, listObjects(query, objects)]
      if (uploadId !== '') return upload === undefined ? missing : [200, {}, listParts(upload.parts)]
      return query.has('uploads') ? [200, {}, listPage(query, unfinished)] : read(request, query, objects.get(key), missing)
  }
}

function read ({ headers: { range } }: IncomingMessage, query: URLSearchParams, object: Buffer | undefined, missing: Worked): Worked {
  if (object === undefined) return missing
  const found = /^bytes=(\d+)-(\d+)$/.exec(range ?? '')
  const start = Number(found?.[1] ?? 0)
  const bytes = object.subarray(start, Number(found?.[2] ?? object.length) + 1)
  const disposition = query.get('response-content-disposition')
  if (start >= object.length && found !== null) return [416, { 'content-range': `bytes */${object.length}` }, Buffer.from('<Error><Code>InvalidRange</Code></Error>')]
  return [found === null ? 200 : 206, {
    etag: `"${createHash('md5').update(object).digest('hex')}"`,
    'last-modified': 'Thu, 01 Jan 2026 12:00:00 GMT',
    ...disposition && { 'content-disposition': disposition },
    ...found !== null && { 'content-range': `bytes ${start}-${start + bytes.length - 1}/${object.length}` }
  }, bytes]
}

/** Two a page, to be leafed through. */
function listPage (query: URLSearchParams, unfinished: FakeS3['unfinished']): Buffer {
  const all = [...unfinished].filter(([, { key }]) => key.startsWith(query.get('prefix') ?? '')).map(([id, { key }]) => ({ id, key }))
  const from = all.findIndex(({ id }) => id === query.get('upload-id-marker')) + 1
  const page = all.slice(from, from + 2)
  const items = page.map(({ id, key }) => `<Upload><Key>${key}</Key><UploadId>${id}</UploadId></Upload>`).join('')
  const last = page.at(-1)
  return Buffer.from(`<R><IsTruncated>${from + 2 < all.length}</IsTruncated><NextKeyMarker>${last?.key ?? ''}</NextKeyMarker>` +
    `<NextUploadIdMarker>${last?.id ?? ''}</NextUploadIdMarker>${items}</R>`)
}

/** Three a page, in the order of the keys. */
function listObjects (query: URLSearchParams, objects: FakeS3['objects']): Buffer {
  const after = query.get('continuation-token') ?? query.get('start-after') ?? ''
  const keys = [...objects.keys()].filter(key => key.startsWith(query.get('prefix') ?? '') && key > after).sort()
  const page = keys.slice(0, 3)
  const items = page.map(key => `<Contents><Key>${key}</Key><Size>${objects.get(key)?.length}</Size></Contents>`).join('')
  const isTruncated = keys.length > page.length
  return Buffer.from(`<R><IsTruncated>${isTruncated}</IsTruncated>${isTruncated ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : ''}${items}</R>`)
}

function listParts (parts: ReadonlyMap<number, Buffer>): Buffer {
  const items = [...parts].sort(([a], [b]) => a - b).map(([number, bytes]) =>
    `<Part><PartNumber>${number}</PartNumber><ETag>&quot;${createHash('md5').update(bytes).digest('hex')}&quot;</ETag><Size>${bytes.length}</Size></Part>`)
  return Buffer.from(`<R><IsTruncated>false</IsTruncated>${items.join('')}</R>`)
}
