/** A file for its owner, who has an account or the file's code. */
import type { FastifyRequest } from 'fastify'
import type { Refusal } from '../../api/errors.ts'
import { limitMisses } from '../../api/limiter.ts'
import { equals, openFilePassword } from '../../domain/accounts/credentials.ts'
import type { StoredFile } from '../../domain/files/file.ts'
import { pathsOf } from '../../domain/files/folder.ts'
import { isShortId } from '../../domain/identifiers.ts'
import type { Sql } from '../../ports.ts'
import { listBundlesAbove } from '../../store/files/bundles.ts'
import { findVisibleFile } from '../../store/files/files.ts'
import { listFolders } from '../../store/files/folders.ts'
import type { Unsaved } from '../../web/components/limit-fields.ts'
import type { Notice, SharedFile } from '../../web/components/share-card.ts'
import { refusalSentence } from '../answer/refusal-sentence.ts'
import type { Form } from '../request/small-body.ts'
import type { Site } from '../site.ts'

/** What a card shows after a form that was refused: it keeps what was typed. */
export function notSaved (refusal: Refusal, typed: Form): { readonly notice: Notice, readonly unsaved: Unsaved } {
  const reason = refusalSentence(refusal)
  return {
    notice: { isError: true, sentence: words => words.say('card.notSaved', { reason: reason(words) }) },
    unsaved: { typed, field: refusal.info ?? '', problem: reason }
  }
}

export type ByCode = { Params: { id: string, code: string } }

/** The file of a URL that only its owner knows. A right code is always accepted, since codes cannot be guessed. Throws TooManyAttempts. */
export async function findByCode ({ ip, params: { id, code } }: FastifyRequest<ByCode>, site: Site): Promise<StoredFile | undefined> {
  await site.ports.counts.flush()
  const file = await findVisibleFile(site.ports.sql, id)
  const look = async () => file !== undefined && equals(file.deleteCode, code) ? file : undefined
  return limitMisses(site, file === undefined ? 'id' : 'code', { address: ip, about: `/file/${isShortId(id) ? id : ''}`, error: 'FILE_NOT_FOUND', look })
}

async function hasBundlePassword (sql: Sql, { folderId, sealedPassword }: StoredFile): Promise<boolean> {
  return (await listBundlesAbove(sql, folderId)).some(bundle => bundle.sealedPassword === sealedPassword)
}

/** The owner's data for a page. Folders only for the account's owner: people who only have a file's code must not see their names. */
export async function shareFiles (files: readonly StoredFile[], request: FastifyRequest, { ports: { sql, vault }, publicUrlOf }: Site): Promise<SharedFile[]> {
  const { viewer } = request
  const isOwn = ({ ownerId }: StoredFile) => viewer !== undefined && viewer.user.id === ownerId
  const folders = viewer !== undefined && files.some(isOwn) ? pathsOf(await listFolders(sql, viewer.user.id)) : undefined
  return Promise.all(files.map(async file => ({
    file,
    // Whoever has the code of a file need not know the password of the bundle around it.
    password: file.sealedPassword === null ? '' : isOwn(file) || !await hasBundlePassword(sql, file) ? openFilePassword(vault, file.sealedPassword) : undefined,
    publicUrl: publicUrlOf(request),
    folders: isOwn(file) ? folders : undefined
  })))
}
