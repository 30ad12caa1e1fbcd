import { CertificateProblem } from '../adapters/tls/certificate-files.ts'
import { isDamage } from '../adapters/database/damage.ts'
import { StorageProblem } from '../adapters/storage/storage-folder.ts'
import { ConfigProblems } from '../config.ts'
import { DocumentProblem } from '../settings/document.ts'
import { WrongKey } from '../store/accounts/key-check.ts'
import { NewerSchema } from '../store/operations/migrate.ts'
import { NotInPlace } from '../store/operations/storage-moves.ts'

/** A problem with a command that the operator must fix; the message says how. */
export class CommandProblem extends Error {}

/** The text of an error for operators: a sentence if it was written for them, the stack if it is a bug. */
export function explain (error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isForOperator = [CommandProblem, CertificateProblem, ConfigProblems, StorageProblem, NewerSchema, NotInPlace, WrongKey, DocumentProblem].some(kind => error instanceof kind)
  if (isDamage(error)) return `the database is damaged (${error.message}): see "A damaged database" in docs/operations.md, and respace fsck`
  return isForOperator ? error.message : sentenceOfMachine(error) ?? error.stack ?? error.message
}

/** Errors of the machine, which are not bugs and need no stack. */
function sentenceOfMachine (error: Error): string | undefined {
  const code = 'code' in error ? String(error.code) : ''
  const what = Object.entries(MACHINE).find(([start]) => code.startsWith(start))?.[1]
  return what && `${what} (${error.message})`
}

/** By the beginning of the code: SQLite's codes end with details, PostgreSQL's are numbers. */
const MACHINE: Readonly<Record<string, string>> = {
  SQLITE_FULL: 'nothing was changed: the disk is full; delete something on it, or let the server delete files',
  SQLITE_READONLY: 'nothing was changed: the database cannot be written, since its disk is read-only or full; files can still be downloaded',
  SQLITE_BUSY: 'nothing was changed: another program locked the database for too long; try again',
  SQLITE_CANTOPEN: 'the database cannot be opened: this user must be able to write its folder, and the disk must not be full',
  SQLITE_IOERR: 'the disk of the database failed or is full',
  25006: 'nothing was changed: this PostgreSQL is read-only, as a standby is until it is promoted',
  ENOSPC: 'the disk is full, or has no free inodes',
  EDQUOT: 'the disk quota of this user is used up',
  EROFS: 'the disk is read-only',
  EMFILE: 'this process may open no more files: raise its limit (ulimit -n, LimitNOFILE=)',
  ENFILE: 'this machine can open no more files',
  EACCES: 'permission denied',
  EIO: 'the disk failed'
}
