import { CertificateProblem } from '../adapters/tls/certificate-files.ts'
import { isDamage } from '../adapters/database/damage.ts'
import { StorageProblem } from '../adapters/storage/storage-folder.ts'
import { ConfigProblems } from '../config.ts'
import { DocumentProblem } from '../settings/document.ts'
import { WrongKey } from '../store/accounts/key-check.ts'
import { NewerSchema } from '../store/operations/migrate.ts'
import { NotInPlace } from '../store/operations/storage-moves.ts'

/** Something about a command that the operator must change; the message says what. */
export class CommandProblem extends Error {}

/** What an operator reads of an error: the sentence where it was written for him, the stack where it is a bug. */
export function explain (error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isForOperator = [CommandProblem, CertificateProblem, ConfigProblems, StorageProblem, NewerSchema, NotInPlace, WrongKey, DocumentProblem].some(kind => error instanceof kind)
  if (isDamage(error)) return `the database is damaged (${error.message}): see "A damaged database" in docs/operations.md, and respace fsck`
  return isForOperator ? error.message : sentenceOfMachine(error) ?? error.stack ?? error.message
}

/** What the machine itself refuses: no bug of ours, and nothing that a stack would explain. */
function sentenceOfMachine (error: Error): string | undefined {
  const code = 'code' in error ? String(error.code) : ''
  const what = Object.entries(MACHINE).find(([start]) => code.startsWith(start))?.[1]
  return what && `${what} (${error.message})`
}

/** By how the code begins: those of SQLite have details at their end, those of PostgreSQL are numbers. */
const MACHINE: Readonly<Record<string, string>> = {
  SQLITE_FULL: 'nothing was changed: the disk is full; delete something on it, or let the server delete files',
  SQLITE_READONLY: 'nothing was changed: the database cannot be written, for its disk is read-only or full; files can still be downloaded',
  SQLITE_BUSY: 'nothing was changed: another program has kept the database locked for too long; try again',
  SQLITE_CANTOPEN: 'the database cannot be opened: its folder must be one that this user can write, on a disk that is not full',
  SQLITE_IOERR: 'the disk of the database failed or is full',
  25006: 'nothing was changed: this PostgreSQL is read-only, as a standby is until it is promoted',
  ENOSPC: 'the disk is full, or can hold no more files',
  EDQUOT: 'the disk quota of this user is used up',
  EROFS: 'the disk is read-only',
  EMFILE: 'this process may open no more files: raise its limit (ulimit -n, LimitNOFILE=)',
  ENFILE: 'this machine can open no more files',
  EACCES: 'this user may not do that',
  EIO: 'the disk failed'
}
