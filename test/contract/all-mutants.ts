/** All mutants, grouped by the part of the contract that they break. */
import type { Mutant } from './mutant.ts'
import { addressbookMutants, anonymousMailMutants } from './mutants/addressbook.ts'
import { answerMutants } from './mutants/answers.ts'
import { registerMutants, tokenMutants, loginMutants, sessionMutants } from './mutants/auth.ts'
import { codeMutants } from './mutants/codes.ts'
import { downloadMutants } from './mutants/downloads.ts'
import { emptyAnswerMutants } from './mutants/empty-answers.ts'
import { filesMutants } from './mutants/files.ts'
import { foldersMutants } from './mutants/folders.ts'
import { identifierMutants } from './mutants/identifiers.ts'
import { linkMutants } from './mutants/links.ts'
import { progressMutants } from './mutants/progress.ts'
import { oddUploadMutants, textMutants, ownLinkMutants, hostMutants, mailValueMutants, guessMutants } from './mutants/sentences-calls.ts'
import { disabledMutants, ticketLifeMutants, uploadMailMutants } from './mutants/sentences.ts'
import { uploadTicketMutants, downloadLinkMutants, addressMutants } from './mutants/tickets.ts'
import { transportMutants } from './mutants/transport.ts'
import { uploadAnswerMutants } from './mutants/upload-answer.ts'
import { uploadStateMutants } from './mutants/upload-states.ts'
import { uploadMutants } from './mutants/uploads.ts'
import { valueMutants } from './mutants/values.ts'
import { versionMutants } from './mutants/versions.ts'

export const MUTANTS: readonly Mutant[] = [
  ...addressbookMutants, ...anonymousMailMutants,
  ...answerMutants,
  ...registerMutants, ...tokenMutants, ...loginMutants, ...sessionMutants,
  ...codeMutants,
  ...downloadMutants,
  ...emptyAnswerMutants,
  ...filesMutants,
  ...foldersMutants,
  ...identifierMutants,
  ...linkMutants,
  ...progressMutants,
  ...oddUploadMutants, ...textMutants, ...ownLinkMutants, ...hostMutants, ...mailValueMutants, ...guessMutants,
  ...disabledMutants, ...ticketLifeMutants, ...uploadMailMutants,
  ...uploadTicketMutants, ...downloadLinkMutants, ...addressMutants,
  ...transportMutants,
  ...uploadAnswerMutants,
  ...uploadStateMutants,
  ...uploadMutants,
  ...valueMutants,
  ...versionMutants
]
