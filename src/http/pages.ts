/** Pages for people: home, download, delete. */
import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { issueTicket } from '../api/ticket-element.ts'
import { equals, opensFile } from '../domain/credentials.ts'
import type { StoredFile } from '../domain/file.ts'
import { deleteLink, pageLink } from '../domain/link.ts'
import { findFile, removeFiles } from '../store/files.ts'
import { deletedPage, deletePage, downloadPage, errorPage, homePage, missingPage, passwordPage, pausedPage, uploadedPage } from '../web/pages.ts'
import { answerLater, answerPage } from './answer-page.ts'
import { demandFile, pageDownloadLink } from './download.ts'
import { queryOf } from './query.ts'
import { bodyOf } from './rest.ts'
import type { Site } from './site.ts'
import { leaveBodiesUnread, receiveRequest } from './upload.ts'

type ById = { Params: { id: string } }
type ByCode = { Params: { id: string, code: string } }

export async function registerPages (app: FastifyInstance, site: Site): Promise<void> {
  const { config, ports, policy } = site
  await app.register(multipart)
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => { done(null, body) })

  app.get('/', { exposeHeadRoute: true }, async (request, reply) => answerPage(reply, homePage(policy.plans.anonymous.maxFileSize, site.publicUrlOf(request))))

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
    const file = await findDeletable(request.params)
    if (file === undefined) return answerPage(reply, missingPage(), 404)
    if (config.deleteByGet && queryOf(request.raw.url ?? '').get('action') === '1') return remove(file, reply)
    return answerPage(reply, deletePage(file))
  })

  app.post<ByCode>('/delete/:id/:code', async (request, reply) => {
    const file = await findDeletable(request.params)
    return file === undefined ? answerPage(reply, missingPage(), 404) : remove(file, reply)
  })

  async function findDeletable ({ id, code }: ByCode['Params']): Promise<StoredFile | undefined> {
    const file = await findFile(ports.sql, id)
    return file !== undefined && equals(file.deleteCode, code) ? file : undefined
  }

  async function remove (file: StoredFile, reply: FastifyReply) {
    // The sweep would remove the bytes later; who runs out of space wants them gone now.
    await ports.blobs.remove(await removeFiles(ports.sql, file.ownerId, [file.id]))
    return answerPage(reply, deletedPage(file))
  }
}

/** The form of the home page: an anonymous upload whose answer is a page. */
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
    const base = site.publicUrlOf(request)
    return answerPage(reply, uploadedPage(files.map(file => ({
      name: file.name, pageUrl: pageLink(base, file.id), deleteUrl: deleteLink(base, file)
    }))))
  })
}
