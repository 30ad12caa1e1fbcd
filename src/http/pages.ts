/** Pages for people: home, download, delete. */
import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { issueTicket } from '../api/ticket-element.ts'
import { opensFile } from '../domain/credentials.ts'
import type { StoredFile } from '../domain/file.ts'
import { editLink } from '../domain/link.ts'
import { findFiles, removeFiles } from '../store/files.ts'
import { homePage, uploadedPage } from '../web/home-page.ts'
import { deletedPage, deletePage, downloadPage, errorPage, missingPage, passwordPage, pausedPage } from '../web/pages.ts'
import { answerLater, answerPage } from './answer-page.ts'
import { demandFile, pageDownloadLink } from './download.ts'
import { queryOf } from './query.ts'
import { bodyOf } from './rest.ts'
import { findByCode, shareFile, type ByCode } from './shared-file.ts'
import type { Site } from './site.ts'
import { leaveBodiesUnread, receiveRequest } from './upload.ts'

type ById = { Params: { id: string } }

export async function registerPages (app: FastifyInstance, site: Site): Promise<void> {
  const { config, ports, policy } = site
  await app.register(multipart)
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => { done(null, body) })

  app.get('/', { exposeHeadRoute: true }, async (request, reply) => answerPage(reply, homePage({
    maxFileSize: policy.plans.anonymous.maxFileSize, publicUrl: site.publicUrlOf(request), isLoggedIn: false
  })))

  app.get<ById>('/file/:id', { exposeHeadRoute: true }, async (request, reply) => {
    const file = await demandFile(request.params.id, reply, site)
    if (file === undefined) return reply
    return answerFile(file, undefined, request, reply)
  })

  app.post<ById>('/file/:id', async (request, reply) => {
    const file = await demandFile(request.params.id, reply, site)
    if (file === undefined) return reply
    return answerFile(file, (await bodyOf(request)).get('filepassword') ?? '', request, reply)
  })

  async function answerFile (file: StoredFile, password: string | undefined, request: FastifyRequest, reply: FastifyReply) {
    if (!opensFile(ports.vault, file.sealedPassword, password ?? '')) {
      return answerPage(reply, passwordPage(file, password !== undefined), password === undefined ? 200 : 403)
    }
    return answerPage(reply, downloadPage(file, pageDownloadLink(site.publicUrlOf(request), file, site)))
  }

  // A GET never deletes: link previews follow links. One old client deletes by GET; a setting allows it.
  app.get<ByCode>('/delete/:id/:code', async (request, reply) => {
    const file = await findByCode(request.params, site)
    if (file === undefined) return answerPage(reply, missingPage(), 404)
    if (config.deleteByGet && queryOf(request.raw.url ?? '').get('action') === '1') return remove(file, reply)
    return answerPage(reply, deletePage(file))
  })

  app.post<ByCode>('/delete/:id/:code', async (request, reply) => {
    const file = await findByCode(request.params, site)
    return file === undefined ? answerPage(reply, missingPage(), 404) : remove(file, reply)
  })

  async function remove (file: StoredFile, reply: FastifyReply) {
    // The sweep would remove the bytes later; who runs out of space wants them gone now.
    await ports.blobs.remove(await removeFiles(ports.sql, file.ownerId, [file.id]))
    return answerPage(reply, deletedPage(file))
  }
}

/** The form of the home page: an upload whose answer is a page. */
export async function registerUploadForm (app: FastifyInstance, site: Site): Promise<void> {
  leaveBodiesUnread(app)
  const { ports, policy } = site

  app.post('/upload', async (request, reply) => {
    const { capabilities, maxFileSize, uploadSpeed } = policy.plans.anonymous
    if (!capabilities.has('upload')) {
      return answerPage(reply.header('connection', 'close'), errorPage('Upload not possible', 'Uploads need an account here.'), 403)
    }
    const ticket = await issueTicket(ports, { userId: null, version: '1.0', maxFileSize, speedLimit: uploadSpeed }, ports.clock.now())
    const { files, refusal } = await receiveRequest(request, reply, site, ticket.id)
    if (refusal?.error === 'UPLOAD_TEMP_ERROR') return answerLater(reply, pausedPage(`${refusal.text}.`))
    if (refusal !== undefined) return answerPage(reply, errorPage('Upload failed', `${refusal.info ?? refusal.text}.`), 400)
    const [first] = files
    if (files.length === 1 && first) return reply.redirect(editLink('', first), 303)
    const stored = await findFiles(ports.sql, files.map(file => file.id))
    return answerPage(reply, uploadedPage(await Promise.all(stored.map(file => shareFile(file, request, site)))))
  })
}
