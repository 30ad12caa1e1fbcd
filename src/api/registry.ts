/** Every method there is. */
import type { AnyMethod } from './method.ts'
import * as addressbook from './methods/addressbook.ts'
import * as anonymous from './methods/anonymous.ts'
import * as auth from './methods/auth.ts'
import * as download from './methods/download.ts'
import * as files from './methods/files.ts'
import * as folders from './methods/folders.ts'
import * as upload from './methods/upload.ts'

export const METHODS: readonly AnyMethod[] =
  [auth, upload, anonymous, download, files, folders, addressbook].flatMap(namespace => Object.values(namespace))
