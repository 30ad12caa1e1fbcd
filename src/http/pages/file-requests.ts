/** `/my/requests`: links through which others upload to oneself. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sealFilePassword } from '../../domain/accounts/credentials.ts'
import { readTypes } from '../../domain/files/file-request.ts'
import { pathsOf } from '../../domain/files/folder.ts'
import { isShortId, newKey, ROOT_FOLDER } from '../../domain/identifiers.ts'
import { fitsBytes, MAX_MESSAGE_BYTES, MAX_TEXT_BYTES } from '../../domain/text-limit.ts'
import { addFileRequest, closeFileRequest, listFileRequests, removeFileRequest } from '../../store/uploads/file-requests.ts'
import { listFolders } from '../../store/files/folders.ts'
import { removeRequestPage, requestsPage } from '../../web/pages/file-requests-page.ts'
import type { Notice } from '../../web/components/share-card.ts'
import { sentence, type Sentence } from '../../web/i18n/words.ts'
import { answerPage } from '../answer/answer-page.ts'
import { answerOwnForm, answerOwnPage, leadBack } from '../request/authenticated-form.ts'
import { tooLong } from '../answer/refusal-sentence.ts'
import type { Site } from '../site.ts'
import { acceptSmallBodies, type Form } from '../request/small-body.ts'
import type { Viewer } from '../request/page-session.ts'

const DONE = { add: 'request.made', close: 'request.isClosed', open: 'request.isOpen', remove: 'request.isRemoved' } as const

const MIB = 1024 * 1024
const DAY = 24 * 60 * 60 * 1000
/** Texts of the form, with the longest that fits in bytes. */
const MAX_BYTES: ReadonlyArray<readonly [string, number]> = [
  ['title', MAX_TEXT_BYTES], ['message', MAX_MESSAGE_BYTES], ['types', MAX_TEXT_BYTES], ['password', MAX_TEXT_BYTES]
]
/** A hundred years: beyond what a calendar knows the page could not be shown. */
const MAX_DAYS = 36_500
const MAX_LIMIT = 999_999_999

export async function registerFileRequests (app: FastifyInstance, site: Site): Promise<void> {
  const { sql, clock, ids, vault } = site.ports
  acceptSmallBodies(app)

  answerOwnPage(app, '/my/requests', DONE, async ({ viewer, notice, request, reply }) => show(viewer, request, reply, notice))

  answerOwnForm(app, site.ports, '/my/requests', '/my/requests', async ({ viewer, form, request, reply }) => {
    const act = form.get('act') ?? ''
    const id = form.get('id') ?? ''
    const ownerId = viewer.user.id
    switch (act) {
      case 'add': {
        const wrong = await add(ownerId, form)
        if (wrong.size > 0) return show(viewer, request, reply, { isError: true, sentence: summaryOf(wrong) }, form, wrong)
        break
      }
      case 'ask': {
        const wanted = (await listFileRequests(sql, ownerId)).find(request => request.id === id)
        return wanted === undefined ? leadBack(request, reply, '/my/requests', '') : answerPage(reply, removeRequestPage(wanted, site.publicUrlOf(request), viewer.formToken))
      }
      case 'close':
      case 'open': await closeFileRequest(sql, ownerId, id, act === 'close'); break
      case 'remove': await removeFileRequest(sql, ownerId, id)
    }
    return leadBack(request, reply, '/my/requests', act)
  })

  /** What is wrong with it, by field, when there is none. */
  async function add (ownerId: number, form: Form): Promise<ReadonlyMap<string, Sentence>> {
    const field = (name: string) => (form.get(name) ?? '').trim()
    const title = field('title')
    const limits = ['max_file_size', 'max_bytes', 'max_files', 'days'].map(name => readLimit(field(name), name === 'days' ? MAX_DAYS : MAX_LIMIT))
    const types = readTypes(field('types'))
    const folderId = field('folder') || ROOT_FOLDER
    const wrong = new Map(['max_file_size', 'max_bytes', 'max_files'].filter((_name, i) => limits[i] === undefined).map(name => [name, sentence('request.badNumber')]))
    if (title === '') wrong.set('title', sentence('request.noTitle'))
    if (limits[3] === undefined) wrong.set('days', sentence('request.badDays', { most: MAX_DAYS }))
    if (types === undefined) wrong.set('types', sentence('request.badTypes'))
    for (const [name, maxBytes] of MAX_BYTES) if (!fitsBytes(field(name), maxBytes)) wrong.set(name, tooLong(maxBytes))
    if (folderId !== ROOT_FOLDER && !isShortId(folderId)) wrong.set('folder', sentence('refusal.folderGone'))
    if (types === undefined || wrong.size > 0) return wrong
    const [maxFileSize = null, maxBytes = null, maxFiles = null, days = null] = limits
    const now = clock.now()
    const isAdded = await addFileRequest(sql, {
      id: newKey(ids),
      ownerId,
      folderId,
      title,
      message: field('message'),
      maxFileSize: maxFileSize && maxFileSize * MIB,
      maxBytes: maxBytes && maxBytes * MIB,
      maxFiles,
      types,
      sealedPassword: field('password') === '' ? null : sealFilePassword(vault, field('password')),
      expiresAt: days && now + days * DAY,
      isNotified: form.has('notify'),
      keepsFolders: form.has('keep_folders'),
      isClosed: false,
      createdAt: now,
      receivedFiles: 0,
      receivedBytes: 0
    })
    return isAdded ? wrong : wrong.set('folder', sentence('refusal.folderGone'))
  }

  async function show ({ user, formToken }: Viewer, request: FastifyRequest, reply: FastifyReply, notice?: Notice, typed?: Form, wrong: ReadonlyMap<string, Sentence> = new Map()) {
    const folders = await listFolders(sql, user.id)
    return answerPage(reply, requestsPage({
      requests: await listFileRequests(sql, user.id),
      folders: pathsOf(folders),
      publicFolders: new Set(folders.filter(({ isShared }) => isShared).map(({ id }) => id)),
      now: clock.now(),
      publicUrl: site.publicUrlOf(request),
      formToken,
      typed,
      wrong,
      notice
    }), notice?.isError ? 400 : 200)
  }
}

/** One problem is told as it is, of several that there are some: each stands at its field. */
function summaryOf (wrong: ReadonlyMap<string, Sentence>): Sentence {
  const [first, ...others] = wrong.values()
  return first === undefined || others.length > 0 ? sentence('refusal.invalid') : first
}

/** A whole number from 1 up; null for an empty field, undefined for anything else. */
function readLimit (text: string, most: number): number | null | undefined {
  if (text === '') return null
  const value = Number(text)
  return /^\d{1,9}$/.test(text) && value > 0 && value <= most ? value : undefined
}
