/** A file in the hands of its owner, who has an account or the file's code. */
import type { FastifyRequest } from 'fastify'
import { equals, openFilePassword } from '../domain/credentials.ts'
import type { StoredFile } from '../domain/file.ts'
import { pathsOf } from '../domain/folder.ts'
import { findVisibleFile } from '../store/files.ts'
import { listFolders } from '../store/folders.ts'
import type { SharedFile } from '../web/share-card.ts'
import type { Site } from './site.ts'

export type ByCode = { Params: { id: string, code: string } }

/** The file of an address that only its owner knows. */
export async function findByCode ({ id, code }: ByCode['Params'], { ports }: Site): Promise<StoredFile | undefined> {
  const file = await findVisibleFile(ports.sql, id)
  return file !== undefined && equals(file.deleteCode, code) ? file : undefined
}

/** All that a page tells the owner. Folders only to him: whoever merely has the code of a file need not know their names. */
export async function shareFile (file: StoredFile, request: FastifyRequest, { ports: { sql, vault }, publicUrlOf }: Site): Promise<SharedFile> {
  const { viewer } = request
  const isOwner = viewer !== undefined && viewer.user.id === file.ownerId
  return {
    file,
    password: file.sealedPassword === null ? '' : openFilePassword(vault, file.sealedPassword),
    publicUrl: publicUrlOf(request),
    folders: isOwner ? pathsOf(await listFolders(sql, viewer.user.id)) : undefined
  }
}
