/**
 * `/tus/`: uploads that break off and go on, by version 1.0 of the tus protocol with creation, expiration and termination.
 * The bytes go into the blob itself at the place where they belong. A library's server would hand them on as web streams,
 * which are half as fast here, and would keep offsets and files of its own beside ours.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { refuse, refuseBecause, Refusal, TooManyAttempts } from '../../api/errors.ts'
import { limitMisses } from '../../api/limiter.ts'
import { readFolderPath, requireUploadFolder } from '../../api/upload-folder.ts'
import { isOver } from '../../domain/files/bundle.ts'
import { cleanFileName } from '../../domain/files/file-name.ts'
import type { StoredFile } from '../../domain/files/file.ts'
import { editLink } from '../../domain/files/link.ts'
import { PATHS } from '../../domain/url-paths.ts'
import { BytesGone } from '../../ports.ts'
import { METADATA_FIELD, type ResumableUpload } from '../../store/uploads/resumable-uploads.ts'
import { findUserById } from '../../store/accounts/users.ts'
import { createResumer } from '../../transfer/resumable/resumer.ts'
import { ENGLISH } from '../../web/i18n/translations.ts'
import { sentence } from '../../web/i18n/words.ts'
import { refusalSentence } from '../answer/refusal-sentence.ts'
import { createRequestRules, type Found } from './file-request-rules.ts'
import { findOwnBundle } from './bundle-access.ts'
import { isLoggedOut } from '../request/page-session.ts'
import { within } from '../within.ts'
import type { Site } from '../site.ts'
import { retryAfter } from '../answer/too-many.ts'
import { issueTicketFor } from './own-ticket.ts'
import { leaveBodiesUnread, unlessStalled } from './upload.ts'

const VERSION = '1.0.0'
/** Turns of the event loop in which a request that has arrived on another connection is seen. */
const TURNS = 10
/** Milliseconds in which a request whose client is gone ends by itself. */
const GRACE = 100
/** Milliseconds in which a request whose body has ended brings its bytes to the disk. */
const LONGEST_INTERRUPTION = 20_000
const BODY_TYPE = 'application/offset+octet-stream'
/** As much as the form's fields may hold. */
const LONGEST_METADATA = 64 * 1024

type ById = { Params: { id: string } }
type Answer = (request: FastifyRequest<ById>, reply: FastifyReply) => Promise<FastifyReply>

export async function registerTus (app: FastifyInstance, site: Site): Promise<void> {
  leaveBodiesUnread(app)
  const { config, policy, ports } = site
  const rules = createRequestRules(site)
  const resumer = createResumer(site, rules.requireDestination)

  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'tus-resumable': VERSION, 'cache-control': 'no-store' })
    if (methodOf(request) !== 'OPTIONS' && request.headers['tus-resumable'] !== VERSION) {
      return tell(reply.header('tus-version', VERSION), 412, `Tus-Resumable: expected ${VERSION}`)
    }
  })

  app.setErrorHandler((error, request, reply) => {
    if (!(error instanceof TooManyAttempts)) throw error
    return refuseBody(retryAfter(reply, error), 429, refusalSentence(error)(request.words ?? ENGLISH).text)
  })

  for (const url of [PATHS.tus, `${PATHS.tus}/`]) answerBy(url, { POST: (request, reply) => create(request, reply, undefined) })
  answerBy(PATHS.fileRequestTus, {
    async POST (request, reply) {
      const found = await rules.search(request.params.id, request.ip)
      return found === undefined ? refuseBody(reply, 404, sentence('request.notOpen')(request.words ?? ENGLISH).text) : create(request, reply, found)
    }
  })
  answerBy(PATHS.tusUpload, { HEAD: showOffset, PATCH: append, DELETE: terminate })

  /** Answers by the method a client means: networks that know only GET and POST have it in X-HTTP-Method-Override. */
  function answerBy (url: string, handlers: Readonly<Record<string, Answer>>): void {
    const all: Readonly<Record<string, Answer>> = { ...handlers, OPTIONS: describeServer }
    app.route<ById>({
      method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
      url,
      async handler (request, reply) {
        const handle = all[methodOf(request)]
        return handle === undefined ? refuseBody(reply.header('allow', Object.keys(all).join(', ')), 405, `expected ${Object.keys(handlers).join(', ')}`) : handle(request, reply)
      }
    })
  }

  async function describeServer (_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    return reply.code(204).headers({
      'tus-version': VERSION,
      'tus-extension': 'creation,expiration,termination',
      'tus-max-size': String(Math.max(...Object.values(policy.plans).map(plan => plan.maxFileSize)))
    }).send()
  }

  async function showOffset (request: FastifyRequest<ById>, reply: FastifyReply): Promise<FastifyReply> {
    const found = await find(request)
    if (found === undefined) return tell(reply, 404, '')
    return guarded(request, reply, found.requestId, async () => {
      await endEarlier(found.uploadId)
      const upload = await resumer.find(found.uploadId)
      if (upload === undefined) return tell(reply, 404, '')
      const metadata = upload.fields.get(METADATA_FIELD) ?? ''
      if (metadata !== '') reply.header('upload-metadata', metadata)
      return describe(upload, await resumer.settle(upload), request, reply).header('upload-length', String(upload.length)).code(200).send()
    })
  }

  /**
   * Who asks for the offset goes on from there, so his last request is dead or dying, and must not move the offset afterwards (tusd does the
   * same). What came of it is kept: first it gets a moment to read its connection to the end.
   */
  async function endEarlier (uploadId: string): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) await site.ports.clock.sleep(0)
    await within(resumer.ended(uploadId), GRACE)
    await within(resumer.interrupt(uploadId), LONGEST_INTERRUPTION)
  }

  async function terminate (request: FastifyRequest<ById>, reply: FastifyReply): Promise<FastifyReply> {
    const upload = await find(request)
    if (upload === undefined) return tell(reply, 404, 'there is no such upload')
    await resumer.terminate(upload.uploadId)
    return reply.code(204).send()
  }

  /** Into an account, one's own or that of whoever asked for files, or for nobody's. */
  async function create (request: FastifyRequest, reply: FastifyReply, found: Found | undefined): Promise<FastifyReply> {
    // Parts would have to be read back and copied into one: the bytes of an upload lie where they stay.
    if (request.headers['upload-concat'] !== undefined) return refuseBody(reply, 400, 'Upload-Concat: concatenation is not supported; send the file as one upload (in tus-js-client, parallelUploads: 1)')
    if (request.headers['upload-defer-length'] !== undefined) return refuseBody(reply, 400, 'Upload-Defer-Length: the length must be known; send Upload-Length')
    const length = wholeNumberOf(request.headers['upload-length'])
    if (length === undefined) return tell(reply, 400, 'Upload-Length: expected a number of bytes')
    const sent = readMetadata(request.headers['upload-metadata'])
    if (sent === undefined) return tell(reply, 400, 'Upload-Metadata: expected names, each with a value in base64, separated by commas')
    return guarded(request, reply, found?.wanted.id ?? null, async () => {
      if (found !== undefined) {
        await rules.requirePassword(found.wanted, sent.get('request_password') ?? '', request.ip)
        rules.requireType(found.wanted, cleanFileName(sent.get('filename') ?? ''))
      }
      const target = found === undefined ? await findBundleTarget(sent, request) : undefined
      const ticket = await issueTicketFor(target === undefined ? found?.owner ?? request.viewer?.user : target.owner, request, site)
      if (ticket instanceof Refusal) throw ticket
      const fields = new Map([...sent, ['public_url', site.trustedUrlOf(request)], ['locale', request.locale ?? ''], [METADATA_FIELD, withoutPassword(request.headers['upload-metadata'])]])
      const user = request.viewer?.user
      // The folders of others are made when the file has come.
      if (target !== undefined || found?.wanted.keepsFolders) readFolderPath(sent.get('path') ?? '')
      fields.set('target_folder', target?.bundle.id ?? '')
      if (target === undefined && found === undefined && user !== undefined) fields.set('folder_id', await requireUploadFolder(sent.get('folder_id') ?? '', sent.get('path') ?? '', { ports, policy, user }))
      // It was asked for once, and is kept nowhere.
      fields.delete('request_password')
      const upload = await resumer.begin({ ticketId: ticket, length, fields, address: request.ip, requestId: found?.wanted.id ?? null })
      return describe(upload, await resumer.settle(upload), request, reply).code(201).header('location', `${request.basePath}${PATHS.tus}/${upload.uploadId}`).send()
    })
  }

  /** The bundle that an upload is for, and whose it is; undefined for none. Throws when nothing may be added to it. */
  async function findBundleTarget (sent: ReadonlyMap<string, string>, request: FastifyRequest) {
    if (isLoggedOut(sent.get('for_account'), request)) throw refuseBecause('logged out')
    const id = sent.get('bundle') ?? ''
    if (id === '') return undefined
    const bundle = await findOwnBundle(id, sent.get('bundle_code') ?? '', request.ip, site)
    if (bundle === undefined) throw refuse('FOLDER_NOT_FOUND')
    if (isOver(bundle, ports.clock.now())) throw refuseBecause('bundle over')
    return { bundle, owner: bundle.ownerId === null ? undefined : await findUserById(ports.sql, bundle.ownerId) }
  }

  async function append (request: FastifyRequest<ById>, reply: FastifyReply): Promise<FastifyReply> {
    const offset = wholeNumberOf(request.headers['upload-offset'])
    if (request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() !== BODY_TYPE) return refuseBody(reply, 415, `Content-Type: expected ${BODY_TYPE}`)
    if (offset === undefined) return refuseBody(reply, 400, 'Upload-Offset: expected a number of bytes')
    const stop = (): void => { request.raw.destroy() }
    return resumer.take(request.params.id, stop, async () => {
      const upload = await find(request)
      if (upload === undefined) return refuseBody(reply, 404, 'there is no such upload')
      return guarded(request, reply, upload.requestId, async () => {
        const appended = await resumer.append(upload.uploadId, offset, unlessStalled(request.raw, config.stallTimeout), stop)
        if (appended === undefined) return refuseBody(reply, 409, 'the upload stands at another offset')
        return describe(appended.upload, appended.file, request, reply).code(204).send()
      })
    })
  }

  /** Refusals in the reader's words, by the status that tells clients whether trying again helps. */
  async function guarded (request: FastifyRequest, reply: FastifyReply, requestId: string | null, work: () => Promise<FastifyReply>): Promise<FastifyReply> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof BytesGone) {
        request.log.warn('what has come of an upload is not there any more: its sender begins again')
        return refuseBody(reply, 404, 'what has come of this upload is lost; begin again')
      }
      if (!(error instanceof Refusal)) {
        // What is left of the body stays unread: another request on this connection would wait for it in vain.
        reply.header('connection', 'close')
        throw error
      }
      if (error instanceof TooManyAttempts) throw error
      const reason = requestId === null ? refusalSentence(error) : await rules.reasonOf(requestId, error)
      // Whoever asked for files takes no more: trying again never helps.
      const isOver = requestId !== null && await rules.isOver(requestId)
      return refuseBody(reply, isOver ? 410 : statusOf(error), reason(request.words ?? ENGLISH).text)
    }
  }

  const find = ({ ip, params: { id } }: FastifyRequest<ById>): Promise<ResumableUpload | undefined> => limitMisses(site, 'upload', {
    address: ip,
    about: '/tus',
    error: 'PERMISSION_DENIED',
    look: async () => /^[a-z0-9]{24}$/.test(id) ? resumer.find(id) : undefined
  })
}

function describe ({ receivedBytes, expiresAt, requestId }: ResumableUpload, file: StoredFile | undefined, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.headers({ 'upload-offset': String(receivedBytes), 'upload-expires': new Date(expiresAt).toUTCString() })
  // Where its sender finds the file; what answers a request is its owner's.
  return file === undefined || requestId !== null ? reply : reply.header('respace-edit', editLink(request.basePath, file))
}

function statusOf ({ error, reason }: Refusal): number {
  if (error === 'UPLOAD_TEMP_ERROR' || error === 'SYSTEM_MAINTENANCE') return 503
  if (error === 'BAD_PASSWORD' || error === 'SESSION_BAD') return 401
  return reason === 'file too large' ? 413 : reason === 'bad type' ? 415 : 403
}

/** What comes with a refused request is not read to its end. */
const refuseBody = (reply: FastifyReply, status: number, sentence: string): FastifyReply => tell(reply.header('connection', 'close'), status, sentence)

const tell = (reply: FastifyReply, status: number, sentence: string): FastifyReply =>
  reply.code(status).type('text/plain; charset=utf-8').send(sentence === '' ? '' : `${sentence}\n`)

function wholeNumberOf (text: string | string[] | undefined): number | undefined {
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** Upper-case, as the protocol demands it to be understood. */
const methodOf = ({ headers, method }: FastifyRequest): string => String(headers['x-http-method-override'] ?? method).toUpperCase()

/** A request's password is used once and kept nowhere. */
const withoutPassword = (metadata: string | string[] | undefined): string =>
  String(metadata ?? '').split(',').map(pair => pair.trim()).filter(pair => !/^request_password(?: |$)/i.test(pair)).join(',')

/** `filename d29ybGQ=,password cHc=`; undefined for what is written otherwise or names a key twice. */
export function readMetadata (text: string | string[] | undefined): Map<string, string> | undefined {
  if (text === undefined || text === '') return new Map()
  if (typeof text !== 'string' || text.length > LONGEST_METADATA) return undefined
  const pairs = text.split(',').map(pair => /^\s*([\x21-\x2b\x2d-\x7e]+)(?: ([A-Za-z0-9+/]*={0,2}))?\s*$/.exec(pair))
  if (pairs.some(pair => pair === null)) return undefined
  const metadata = new Map(pairs.map(pair => [pair?.[1]?.toLowerCase() ?? '', Buffer.from(pair?.[2] ?? '', 'base64').toString('utf8')]))
  return metadata.size === pairs.length ? metadata : undefined
}
