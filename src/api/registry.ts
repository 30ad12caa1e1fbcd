/** Every method, in the guide's order. */
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

export const METHODS: readonly AnyMethod[] = [
  auth.register, auth.createToken, auth.login, auth.checkSession, auth.logout,
  upload.getInfo, anonymous.uploadGetInfo, anonymous.filesSendMail, download.getInfo,
  files.getInfo, files.moveToFolder, files.setInfo, files.remove, files.sendMail,
  folders.getInfo, folders.create, folders.setInfo, folders.remove, folders.getContents, folders.getShared, folders.getAll, folders.move,
  folders.sendMail,
  addressbook.list, addressbook.add, addressbook.update, addressbook.remove
]

/** Answers that are not of methods. */
export const DOCUMENTS: readonly DocumentShape[] = [UPLOAD_STATUS, UPLOAD_DONE, PROGRESS]
