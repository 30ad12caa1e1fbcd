/** All scenarios written by hand, by the parts of the contract. */
import type { Scenario } from '../scenario.ts'
import { addressbookUpdateScenarios } from './addressbook-update.ts'
import { addressbookScenarios } from './addressbook.ts'
import { addressScenarios } from './addresses.ts'
import { anonymousMailScenarios } from './anonymous-mail.ts'
import { answerByteScenarios } from './answers-bytes.ts'
import { answerFormScenarios } from './answers-form.ts'
import { answerValueScenarios } from './answers-values.ts'
import { disabledAccountScenarios } from './auth-disabled.ts'
import { guessScenarios } from './auth-guesses.ts'
import { loginLimitScenarios } from './auth-login-limits.ts'
import { loginScenarios } from './auth-login.ts'
import { registerValueScenarios } from './auth-register-values.ts'
import { registerScenarios } from './auth-register.ts'
import { sessionScenarios } from './auth-sessions.ts'
import { tokenScenarios } from './auth-tokens.ts'
import { capabilityScenarios } from './capabilities.ts'
import { codeStateScenarios } from './codes-states.ts'
import { codeScenarios } from './codes.ts'
import { defaultScenarios } from './defaults.ts'
import { deleteLinkScenarios } from './delete-links.ts'
import { downloadLinkScenarios } from './download-get-info.ts'
import { bandwidthScenarios } from './downloads-bandwidth.ts'
import { downloadByteScenarios } from './downloads-bytes.ts'
import { countedDownloadScenarios } from './downloads-counted.ts'
import { limitedDownloadScenarios } from './downloads-limited.ts'
import { filesDeleteScenarios } from './files-delete.ts'
import { filesGetInfoScenarios } from './files-get-info.ts'
import { filesMoveScenarios } from './files-move.ts'
import { filesSendMailScenarios } from './files-send-mail.ts'
import { filesSetInfoRefusedScenarios } from './files-set-info-refused.ts'
import { filesSetInfoScenarios } from './files-set-info.ts'
import { folderPageScenarios } from './folder-pages.ts'
import { foldersContentsScenarios } from './folders-contents.ts'
import { foldersCreateScenarios } from './folders-create.ts'
import { foldersDeleteScenarios } from './folders-delete.ts'
import { foldersSendMailScenarios } from './folders-send-mail.ts'
import { foldersSetInfoScenarios } from './folders-set-info.ts'
import { foldersSharedScenarios } from './folders-shared.ts'
import { hostScenarios } from './hosts.ts'
import { identifierScenarios } from './identifiers.ts'
import { directLinkScenarios } from './links-direct.ts'
import { linkPageScenarios } from './links-pages.ts'
import { mailValueScenarios } from './mails-values.ts'
import { orderScenarios } from './order.ts'
import { progressRunningScenarios } from './progress-running.ts'
import { progressScenarios } from './progress.ts'
import { answerHeaderScenarios } from './transport-answers.ts'
import { bodySizeScenarios } from './transport-bodies.ts'
import { connectionScenarios } from './transport-connections.ts'
import { parameterScenarios } from './transport-parameters.ts'
import { writtenValueScenarios } from './transport-values.ts'
import { uploadAnswerAnonymousScenarios } from './upload-answer-anonymous.ts'
import { uploadAnswerScenarios } from './upload-answer.ts'
import { uploadBrokenScenarios } from './upload-broken.ts'
import { uploadFormScenarios } from './upload-form.ts'
import { uploadTicketScenarios } from './upload-get-info.ts'
import { uploadLimitScenarios } from './upload-limits.ts'
import { uploadMailScenarios } from './upload-mails.ts'
import { oddUploadScenarios } from './upload-odd.ts'
import { ticketLifeScenarios } from './upload-ticket-life.ts'
import { accountValueScenarios } from './values-account.ts'
import { folderValueScenarios } from './values-folders.ts'
import { listValueScenarios } from './values-lists.ts'
import { ownLinkScenarios } from './values-own-links.ts'
import { textValueScenarios } from './values-texts.ts'
import { timeValueScenarios } from './values-times.ts'
import { versionScenarios } from './versions.ts'

export const SCENARIOS: readonly Scenario[] = [
  ...parameterScenarios, ...writtenValueScenarios, ...answerHeaderScenarios, ...bodySizeScenarios, ...connectionScenarios,
  ...answerByteScenarios, ...answerFormScenarios, ...answerValueScenarios, ...codeScenarios, ...codeStateScenarios,
  ...orderScenarios, ...identifierScenarios, ...versionScenarios, ...uploadFormScenarios, ...uploadBrokenScenarios,
  ...uploadLimitScenarios, ...linkPageScenarios, ...directLinkScenarios, ...downloadByteScenarios, ...countedDownloadScenarios,
  ...bandwidthScenarios, ...limitedDownloadScenarios, ...deleteLinkScenarios, ...folderPageScenarios, ...filesGetInfoScenarios,
  ...filesMoveScenarios, ...filesSetInfoScenarios, ...filesSetInfoRefusedScenarios, ...filesDeleteScenarios, ...filesSendMailScenarios,
  ...foldersCreateScenarios, ...foldersSetInfoScenarios, ...foldersDeleteScenarios, ...foldersContentsScenarios, ...foldersSharedScenarios,
  ...foldersSendMailScenarios, ...capabilityScenarios, ...uploadAnswerScenarios, ...uploadAnswerAnonymousScenarios, ...progressRunningScenarios,
  ...progressScenarios, ...accountValueScenarios, ...timeValueScenarios, ...listValueScenarios, ...folderValueScenarios,
  ...registerScenarios, ...tokenScenarios, ...loginScenarios, ...loginLimitScenarios, ...sessionScenarios,
  ...uploadTicketScenarios, ...downloadLinkScenarios, ...addressbookScenarios, ...addressbookUpdateScenarios, ...anonymousMailScenarios,
  ...addressScenarios, ...defaultScenarios, ...disabledAccountScenarios, ...ticketLifeScenarios,
  ...uploadMailScenarios, ...oddUploadScenarios, ...textValueScenarios, ...ownLinkScenarios, ...registerValueScenarios,
  ...hostScenarios, ...mailValueScenarios, ...guessScenarios
]
