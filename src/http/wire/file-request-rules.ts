/** What holds for whoever uploads by a file request, by the form of its page or in pieces. */
import { refuse, refuseBecause, TooManyAttempts, type Refusal } from '../../api/errors.ts'
import { requireRequestPassword } from '../../api/known-secrets.ts'
import { readFolderPath, requireInnerFolder } from '../../api/upload-folder.ts'
import { limitMisses } from '../../api/limiter.ts'
import { bytesLeft, fitsTypes, largestFile, stateOf, type FileRequest, type RequestState } from '../../domain/files/file-request.ts'
import { isKey, newKey } from '../../domain/identifiers.ts'
import { cutToBytes } from '../../domain/text-limit.ts'
import { diskSpaceLeft, type User } from '../../domain/accounts/user.ts'
import { countReceived, findFileRequest } from '../../store/uploads/file-requests.ts'
import { isOwnFolder } from '../../store/files/folder-tree.ts'
import { findOwnFolders } from '../../store/files/folders.ts'
import { addArrival } from '../../store/uploads/file-request-arrivals.ts'
import { findUserById } from '../../store/accounts/users.ts'
import type { Fields } from '../../transfer/form.ts'
import type { Destination } from '../../transfer/incoming.ts'
import { sentence, type PlainKey, type Sentence } from '../../web/i18n/words.ts'
import { refusalSentence } from '../answer/refusal-sentence.ts'
import type { Site } from '../site.ts'

export const NOT_OPEN: Readonly<Record<Exclude<RequestState, 'open'>, PlainKey>> = {
  closed: 'request.closedSentence', expired: 'request.expiredSentence', full: 'request.fullSentence'
}

/** When nothing more of a visit has come for this long its owner is told of what did, in milliseconds. */
const VISIT_PAUSE = 10 * 60 * 1000
/** A note is kept with each file, and counts as no space of the owner's. */
const MAX_NOTE_BYTES = 2000

export interface Found {
  /** Whether strangers see what is in the folder. */
  readonly isPublic: boolean
  readonly wanted: FileRequest
  readonly owner: User
}

export function createRequestRules ({ ports, policy }: Pick<Site, 'ports' | 'policy'>) {
  const { sql, clock, ids } = ports

  async function find (id: string): Promise<Found | undefined> {
    const wanted = isKey(id) ? await findFileRequest(sql, id) : undefined
    const owner = wanted && await findUserById(sql, wanted.ownerId)
    if (wanted === undefined || owner === undefined || owner.isDisabled || !await isOwnFolder(sql, owner.id, wanted.folderId)) return undefined
    const [folder] = await findOwnFolders(sql, owner.id, [wanted.folderId])
    return { wanted, owner, isPublic: folder?.isShared ?? false }
  }

  const requirePassword = (wanted: FileRequest, sent: string, address: string): Promise<void> => requireRequestPassword({ ports, policy }, wanted, sent, address)

  /** The request of a link. Links that lead nowhere are counted. Throws TooManyAttempts. */
  const search = (id: string, address: string): Promise<Found | undefined> =>
    limitMisses({ ports, policy }, 'link', { address, about: '/request', error: 'PERMISSION_DENIED', look: () => find(id) })

  function requireType (wanted: FileRequest, name: string): void {
    if (!fitsTypes(wanted, name)) throw refuseBecause('bad type')
  }

  /** Where it all goes, now or, when `visit` goes on, once nothing more of it comes. '' for a visit of one request. */
  function destinationOf ({ wanted, owner }: Found, publicUrl: string, visit: string): Destination {
    const arrival = {
      ownerId: owner.id, title: wanted.title, visit: visitOf(wanted.id, isKey(visit) ? visit : newKey(ids)), publicUrl
    }
    return {
      folderId: wanted.folderId,
      folderOf: wanted.keepsFolders ? form => requireInnerFolder({ id: wanted.folderId, ownerId: owner.id }, readFolderPath(form.get('path')), ports, 'guest') : undefined,
      maxFileSize: largestFile(wanted),
      mostBytes: Math.min(...[bytesLeft(wanted), diskSpaceLeft(owner, policy)].filter(bytes => bytes !== -1)),
      fields: form => ({ get: name => name === 'description' ? cutToBytes(form.get('description'), MAX_NOTE_BYTES) : '' }),
      alongside (files) {
        const now = clock.now()
        const dueAt = isKey(visit) ? now + VISIT_PAUSE : now
        return [
          countReceived(wanted.id, files.length, files.reduce((sum, file) => sum + file.size, 0), now),
          ...wanted.isNotified ? files.map(({ id }) => addArrival(id, { ...arrival, dueAt })) : []
        ]
      }
    }
  }

  /** The same for an upload in pieces, by what its sender said; throws when nothing may come by the request now. */
  async function requireDestination (id: string, fields: Fields): Promise<Destination> {
    const found = await find(id)
    if (found === undefined || stateOf(found.wanted, clock.now()) !== 'open') throw refuse('PERMISSION_DENIED')
    return destinationOf(found, fields.get('public_url'), fields.get('visit'))
  }

  /** Why not, for its sender: a request may have been closed, or be full, by what came meanwhile. */
  async function reasonOf (id: string, refusal: Refusal): Promise<Sentence> {
    const found = await find(id)
    if (found === undefined) return sentence('request.notOpen')
    const { wanted } = found
    const state = stateOf(wanted, clock.now())
    if (state !== 'open') return sentence(NOT_OPEN[state])
    if (refusal.error === 'PRO_DISKSPACE_LIMIT') return sentence(wanted.maxFiles !== null || wanted.maxBytes !== null ? 'request.tooMuch' : 'request.notNow')
    if (refusal instanceof TooManyAttempts) return refusalSentence(refusal)
    return ABOUT_SENDER.has(refusal.error) ? refusalSentence(refusal) : sentence('request.notNow')
  }

  /** Whether a request never takes anything again: a closed one may be opened. */
  async function isOver (id: string): Promise<boolean> {
    const found = await find(id)
    return found !== undefined && ['expired', 'full'].includes(stateOf(found.wanted, clock.now()))
  }

  return { find, isOver, search, requirePassword, requireType, destinationOf, requireDestination, reasonOf }
}

/** Refusals that are no affair of the owner's account. */
const ABOUT_SENDER: ReadonlySet<string> = new Set(['PARAMETER_BAD_VALUE', 'PARAMETER_MISSING', 'BAD_PASSWORD', 'UPLOAD_TEMP_ERROR', 'SYSTEM_MAINTENANCE'])

/** A visit's name in the store: nobody ends that of another request. */
export const visitOf = (requestId: string, visit: string): string => `${requestId}/${visit}`
