/** Every method there is. */
import type { AnyMethod } from './method.ts'
import * as addressbook from './methods/addressbook.ts'
import * as anonymous from './methods/anonymous.ts'
import * as auth from './methods/auth.ts'
import * as download from './methods/download.ts'
import * as files from './methods/files.ts'
import * as folders from './methods/folders.ts'
import * as upload from './methods/upload.ts'
import type { DocumentShape } from './answers.ts'
import { PROGRESS } from './progress-answer.ts'
import { UPLOAD_DONE, UPLOAD_STATUS } from './upload-documents.ts'

export const METHODS: readonly AnyMethod[] =
  [auth, upload, anonymous, download, files, folders, addressbook].flatMap(namespace => Object.values(namespace))

/** What is answered beside the methods. */
export const DOCUMENTS: readonly DocumentShape[] = [UPLOAD_STATUS, UPLOAD_DONE, PROGRESS]
