import { CertificateProblem } from '../adapters/certificate-files.ts'
import { isDamage } from '../adapters/damage.ts'
import { StorageProblem } from '../adapters/storage-folder.ts'
import { ConfigProblems } from '../config.ts'
import { DocumentProblem } from '../settings/document.ts'
import { WrongKey } from '../store/key-check.ts'
import { NewerSchema } from '../store/migrate.ts'
import { NotInPlace } from '../store/moves.ts'

/** Something about a command that the operator must change; the message says what. */
export class CommandProblem extends Error {}

/** What an operator reads of an error: the sentence where it was written for him, the stack where it is a bug. */
export function explain (error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isForOperator = [CommandProblem, CertificateProblem, ConfigProblems, StorageProblem, NewerSchema, NotInPlace, WrongKey, DocumentProblem].some(kind => error instanceof kind)
  if (isDamage(error)) return `the database is damaged (${error.message}): see "A damaged database" in docs/operations.md, and respace fsck`
  return isForOperator ? error.message : error.stack ?? error.message
}
