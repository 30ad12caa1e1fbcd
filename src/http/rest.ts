/** `/rest/`: parameters from wherever clients put them, an answer that is always 200 and XML. */
import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { callSiteOf } from './call-site.ts'
import { allowAnyOrigin, answerPreflight } from './cross-origin.ts'
import { queryOf, readQuery } from './query.ts'
import type { Site } from './site.ts'

/** A larger body answers 413. */
export const LARGEST_BODY = 64 * 1024

const METHODS = 'GET, POST, OPTIONS'

export async function registerRest (app: FastifyInstance, site: Site): Promise<void> {
  await app.register(multipart, {
    // Each field of a form is small; together they are checked below.
    limits: { fieldSize: LARGEST_BODY, fileSize: LARGEST_BODY, fields: 1000, files: 10, parts: 1000 }
  })
  app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: LARGEST_BODY }, (_request, body, done) => { done(null, body) })
  app.addHook('onRequest', async (request, reply) => {
    if (Number(request.headers['content-length'] ?? 0) > LARGEST_BODY) return refuseSize(reply)
  })

  async function answer (request: FastifyRequest, reply: FastifyReply) {
    const params = new Map([...queryOf(request.raw.url ?? ''), ...await bodyOf(request)])
    const { transport } = callSiteOf(request, site)
    const { xml, method, code, bug } = await site.dispatch(params, { ...transport, request: request.raw })
    request.apiCall = { method, code }
    if (bug !== undefined) request.log.error({ err: bug, method }, 'an API call failed')
    return allowAnyOrigin(reply).headers({ 'content-type': 'text/xml; charset=utf-8', 'cache-control': 'no-store' }).send(xml)
  }

  for (const url of ['/rest', '/rest/']) {
    app.get(url, answer)
    app.post(url, answer)
    answerPreflight(app, url, METHODS)
  }
}

/** The parameters in a small body: urlencoded or a form. */
export async function bodyOf (request: FastifyRequest): Promise<ReadonlyMap<string, string>> {
  if (request.isMultipart()) return formOf(request)
  return typeof request.body === 'string' ? readQuery(request.body) : new Map()
}

/** A form that cannot be read counts as far as it could be: its calls then fail by what is missing. */
async function formOf (request: FastifyRequest): Promise<ReadonlyMap<string, string>> {
  const fields = new Map<string, string>()
  let bytes = 0
  try {
    for await (const part of request.parts()) {
      if (part.type === 'file') part.file.resume()
      else if (typeof part.value === 'string') fields.set(part.fieldname.toLowerCase(), part.value)
      bytes += part.type === 'file' ? part.file.bytesRead : Buffer.byteLength(String(part.value))
    }
  } catch (error) {
    request.log.debug({ err: error }, 'a form could not be read')
  }
  if (bytes > LARGEST_BODY) throw Object.assign(new Error('the body is too large'), { statusCode: 413 })
  return fields
}

function refuseSize (reply: FastifyReply): FastifyReply {
  return reply.code(413).header('connection', 'close').type('text/plain; charset=utf-8').send('The request body must not exceed 64 KiB.\n')
}
