/** All scenarios written by hand, by the parts of the contract. */
import type { Scenario } from './scenario.ts'
import { addressbookUpdateScenarios } from './scenarios/addressbook/update.ts'
import { addressbookScenarios } from './scenarios/addressbook/contacts.ts'
import { addressScenarios } from './scenarios/answers/addresses.ts'
import { anonymousMailScenarios } from './scenarios/addressbook/anonymous-mail.ts'
import { answerByteScenarios } from './scenarios/answers/bytes.ts'
import { answerFormScenarios } from './scenarios/answers/form.ts'
import { answerValueScenarios } from './scenarios/answers/escaping.ts'
import { disabledAccountScenarios } from './scenarios/auth/disabled-accounts.ts'
import { guessScenarios } from './scenarios/auth/guess-limits.ts'
import { loginLimitScenarios } from './scenarios/auth/session-limits.ts'
import { loginScenarios } from './scenarios/auth/login.ts'
import { registerValueScenarios } from './scenarios/auth/register-values.ts'
import { registerScenarios } from './scenarios/auth/register.ts'
import { sessionScenarios } from './scenarios/auth/sessions.ts'
import { tokenScenarios } from './scenarios/auth/tokens.ts'
import { capabilityScenarios } from './scenarios/errors/capabilities.ts'
import { codeStateScenarios } from './scenarios/errors/state-codes.ts'
import { codeScenarios } from './scenarios/errors/codes.ts'
import { defaultScenarios } from './scenarios/auth/plan-defaults.ts'
import { deleteLinkScenarios } from './scenarios/download/delete-links.ts'
import { downloadLinkScenarios } from './scenarios/download/get-info.ts'
import { bandwidthScenarios } from './scenarios/download/bandwidth.ts'
import { downloadByteScenarios } from './scenarios/download/bytes.ts'
import { countedDownloadScenarios } from './scenarios/download/counting.ts'
import { limitedDownloadScenarios } from './scenarios/download/limits.ts'
import { filesDeleteScenarios } from './scenarios/files/delete.ts'
import { filesGetInfoScenarios } from './scenarios/files/get-info.ts'
import { filesMoveScenarios } from './scenarios/files/move.ts'
import { filesSendMailScenarios } from './scenarios/files/send-mail.ts'
import { filesSetInfoRefusedScenarios } from './scenarios/files/set-info-refused.ts'
import { filesSetInfoScenarios } from './scenarios/files/set-info.ts'
import { folderPageScenarios } from './scenarios/folders/pages.ts'
import { foldersContentsScenarios } from './scenarios/folders/contents.ts'
import { foldersCreateScenarios } from './scenarios/folders/create.ts'
import { foldersDeleteScenarios } from './scenarios/folders/delete.ts'
import { foldersSendMailScenarios } from './scenarios/folders/send-mail.ts'
import { foldersSetInfoScenarios } from './scenarios/folders/set-info.ts'
import { foldersSharedScenarios } from './scenarios/folders/shared.ts'
import { hostScenarios } from './scenarios/transport/hosts.ts'
import { identifierScenarios } from './scenarios/answers/identifiers.ts'
import { directLinkScenarios } from './scenarios/download/direct-links.ts'
import { linkPageScenarios } from './scenarios/download/pages.ts'
import { mailValueScenarios } from './scenarios/addressbook/mail-values.ts'
import { orderScenarios } from './scenarios/errors/order.ts'
import { progressRunningScenarios } from './scenarios/progress/running.ts'
import { progressScenarios } from './scenarios/progress/finished.ts'
import { answerHeaderScenarios } from './scenarios/transport/response-headers.ts'
import { bodySizeScenarios } from './scenarios/transport/body-size.ts'
import { connectionScenarios } from './scenarios/transport/connections.ts'
import { parameterScenarios } from './scenarios/transport/parameters.ts'
import { writtenValueScenarios } from './scenarios/transport/query-values.ts'
import { uploadAnswerAnonymousScenarios } from './scenarios/upload/anonymous-answer.ts'
import { uploadAnswerScenarios } from './scenarios/upload/answer.ts'
import { uploadBrokenScenarios } from './scenarios/upload/broken.ts'
import { uploadFormScenarios } from './scenarios/upload/form.ts'
import { uploadTicketScenarios } from './scenarios/upload/get-info.ts'
import { uploadLimitScenarios } from './scenarios/upload/limits.ts'
import { uploadMailScenarios } from './scenarios/upload/mails.ts'
import { oddUploadScenarios } from './scenarios/upload/unusual.ts'
import { ticketLifeScenarios } from './scenarios/upload/ticket-lifetime.ts'
import { accountValueScenarios } from './scenarios/auth/account-values.ts'
import { folderValueScenarios } from './scenarios/folders/root-folder.ts'
import { listValueScenarios } from './scenarios/answers/id-lists.ts'
import { ownLinkScenarios } from './scenarios/answers/links-as-ids.ts'
import { textValueScenarios } from './scenarios/answers/text-lengths.ts'
import { timeValueScenarios } from './scenarios/answers/times.ts'
import { versionScenarios } from './scenarios/transport/versions.ts'

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
