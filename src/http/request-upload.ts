/** `/request/ID`: whoever has this link uploads into the folder of the one who made it, and sees nothing of what is there. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { refuse, Refusal } from '../api/errors.ts'
import { mayTryFrom } from '../api/page-login.ts'
import { opensFile } from '../domain/credentials.ts'
import { bytesLeft, fitsTypes, largestFile, stateOf, type FileRequest } from '../domain/file-request.ts'
import { isKey } from '../domain/identifiers.ts'
import { editLink } from '../domain/link.ts'
import { diskSpaceLeft, planOf, type User } from '../domain/user.ts'
import { countReceived, findFileRequest } from '../store/file-requests.ts'
import { findFiles } from '../store/files.ts'
import { queueMails } from '../store/mails.ts'
import type { NewFile } from '../store/uploads.ts'
import { findUserById } from '../store/users.ts'
import { isOwnFolder } from '../store/folder-tree.ts'
import { findOwnFolders } from '../store/folders.ts'
import type { Fields } from '../transfer/commit.ts'
import { requestPage } from '../web/file-requests-page.ts'
import { receivedMail } from '../web/mails.ts'
import { errorPage, missingPage } from '../web/pages.ts'
import type { Notice } from '../web/share-card.ts'
import { sentence, type PlainKey } from '../web/words.ts'
import { answerPage } from './answer-page.ts'
import { queryOf } from './query.ts'
import { refusalSentence } from './refused.ts'
import type { Site } from './site.ts'
import { issueTicketFor } from './upload-form.ts'
import { leaveBodiesUnread, receiveRequest } from './upload.ts'

type ById = { Params: { id: string } }

const NOT_OPEN: Readonly<Record<'closed' | 'expired' | 'full', PlainKey>> = {
  closed: 'request.closedSentence', expired: 'request.expiredSentence', full: 'request.fullSentence'
}

/** It is kept with each file, and counts as no space of the owner's. */
const noteOf = (form: Fields): string => form.get('description').slice(0, 2000)

interface Found {
  /** Whether strangers see what is in the folder. */
  readonly isPublic: boolean
  readonly wanted: FileRequest
  readonly owner: User
}

export async function registerRequestUpload (app: FastifyInstance, site: Site): Promise<void> {
  leaveBodiesUnread(app)
  const { ports, policy } = site
  const { sql, clock, vault } = ports

  app.get<ById>('/request/:id', { exposeHeadRoute: true }, async (request, reply) => {
    const found = await find(request.params.id)
    if (found === undefined) return answerPage(reply, missingPage(), 404)
    const [, done] = /^(\d{1,4})$/.exec(queryOf(request.raw.url ?? '').get('done') ?? '') ?? []
    if (done !== undefined) return show(found, reply, { isError: false, sentence: words => words.count('request.thanks', Number(done)) })
    return answerUnlessOpen(found.wanted, reply) ?? show(found, reply)
  })

  app.post<ById>('/request/:id', async (request, reply) => {
    const found = await find(request.params.id)
    if (found === undefined) return answerPage(reply.header('connection', 'close'), missingPage(), 404)
    const { wanted, owner } = found
    const closed = answerUnlessOpen(wanted, reply)
    if (closed !== undefined) return closed.header('connection', 'close')
    const ticket = await issueTicketFor(owner, request, site)
    if (ticket instanceof Refusal) return show(found, reply.header('connection', 'close'), { isError: true, sentence: sentence('request.notNow') })
    let note = ''
    let isAdmitted = false
    const { files, refusal } = await receiveRequest(request, reply, site, ticket, {
      folderId: wanted.folderId,
      maxFileSize: largestFile(wanted),
      mostBytes: Math.min(...[bytesLeft(wanted), diskSpaceLeft(owner, policy)].filter(bytes => bytes !== -1)),
      fields: form => ({ get: name => name === 'description' ? noteOf(form) : '' }),
      async admit (name, form) {
        note = noteOf(form)
        if (!isAdmitted) await demandPassword(wanted, form.get('request_password'), request)
        isAdmitted = true
        if (!fitsTypes(wanted, name)) throw refuse('PARAMETER_BAD_VALUE', 'this type of file is not asked for')
      },
      alongside: received => [countReceived(wanted.id, received.length, received.reduce((sum, file) => sum + file.size, 0), clock.now())]
    })
    if (refusal !== undefined) return explain(found, refusal, reply)
    if (wanted.isNotified) await tellOwner(found, files, note, request)
    return reply.redirect(`${request.basePath}/request/${wanted.id}?done=${files.length}`, 303)
  })

  async function find (id: string): Promise<Found | undefined> {
    const wanted = isKey(id) ? await findFileRequest(sql, id) : undefined
    const owner = wanted && await findUserById(sql, wanted.ownerId)
    if (wanted === undefined || owner === undefined || owner.isDisabled || !await isOwnFolder(sql, owner.id, wanted.folderId)) return undefined
    const [folder] = await findOwnFolders(sql, owner.id, [wanted.folderId])
    return { wanted, owner, isPublic: folder?.isShared ?? false }
  }

  function answerUnlessOpen (wanted: FileRequest, reply: FastifyReply): FastifyReply | undefined {
    const state = stateOf(wanted, clock.now())
    return state === 'open' ? undefined : answerPage(reply, errorPage('request.notOpen', NOT_OPEN[state]), 410)
  }

  async function demandPassword ({ sealedPassword }: FileRequest, sent: string, { ip }: FastifyRequest): Promise<void> {
    if (sealedPassword === null) return
    if (!await mayTryFrom(ip, 'request', ports)) throw refuse('PARAMETER_BAD_VALUE', 'tried too often')
    if (!opensFile(vault, sealedPassword, sent)) throw refuse('BAD_PASSWORD')
  }

  /** A request may have been closed, or be full, by what came meanwhile. */
  async function explain ({ wanted, owner, isPublic }: Found, refusal: Refusal, reply: FastifyReply): Promise<FastifyReply> {
    const now = await findFileRequest(sql, wanted.id)
    if (now === undefined) return answerPage(reply, missingPage(), 404)
    const hasLimits = now.maxFiles !== null || now.maxBytes !== null
    const problem = refusal.error === 'PRO_DISKSPACE_LIMIT' ? sentence(hasLimits ? 'request.tooMuch' : 'request.notNow') : refusalSentence(refusal)
    return answerUnlessOpen(now, reply) ?? show({ wanted: now, owner, isPublic }, reply, { isError: true, sentence: problem })
  }

  /** The owner's own limit of mails holds: whoever has the link must not flood him. */
  async function tellOwner ({ wanted, owner }: Found, files: readonly NewFile[], note: string, request: FastifyRequest): Promise<void> {
    const base = site.publicUrlOf(request)
    const links = (await findFiles(sql, files.map(({ id }) => id))).map(file => ({ name: file.name, link: editLink(base, file) }))
    await queueMails(ports, [{ to: owner.email, ...receivedMail(wanted.title, links, note) }], { id: owner.id, limit: policy.mailsPerHour }, clock.now())
  }

  function show ({ wanted, owner, isPublic }: Found, reply: FastifyReply, notice?: Notice): FastifyReply {
    const limit = largestFile(wanted)
    const own = planOf(owner, policy).maxFileSize
    return answerPage(reply, requestPage({
      request: wanted, maxFileSize: limit === -1 ? own : Math.min(limit, own), isOpen: stateOf(wanted, clock.now()) === 'open', isPublic, notice
    }), notice?.isError ? 400 : 200)
  }
}
