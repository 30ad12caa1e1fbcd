/** All scenarios written by hand, by the parts of the contract. */
import type { Scenario } from '../check.ts'
import { capabilityScenarios } from './capabilities.ts'
import { filesDeleteScenarios } from './files-delete.ts'
import { filesGetInfoScenarios } from './files-get-info.ts'
import { filesMoveScenarios } from './files-move.ts'
import { filesSendMailScenarios } from './files-send-mail.ts'
import { filesSetInfoRefusedScenarios } from './files-set-info-refused.ts'
import { filesSetInfoScenarios } from './files-set-info.ts'
import { foldersContentsScenarios } from './folders-contents.ts'
import { foldersCreateScenarios } from './folders-create.ts'
import { foldersDeleteScenarios } from './folders-delete.ts'
import { foldersSendMailScenarios } from './folders-send-mail.ts'
import { foldersSetInfoScenarios } from './folders-set-info.ts'
import { foldersSharedScenarios } from './folders-shared.ts'
import { identifierScenarios } from './identifiers.ts'
import { progressRunningScenarios } from './progress-running.ts'
import { progressScenarios } from './progress.ts'
import { uploadAnswerAnonymousScenarios } from './upload-answer-anonymous.ts'
import { uploadAnswerScenarios } from './upload-answer.ts'

export const SCENARIOS: readonly Scenario[] = [
  ...identifierScenarios,
  ...filesGetInfoScenarios, ...filesMoveScenarios, ...filesSetInfoScenarios, ...filesSetInfoRefusedScenarios, ...filesDeleteScenarios, ...filesSendMailScenarios,
  ...foldersCreateScenarios, ...foldersSetInfoScenarios, ...foldersDeleteScenarios, ...foldersContentsScenarios, ...foldersSharedScenarios, ...foldersSendMailScenarios,
  ...capabilityScenarios,
  ...uploadAnswerScenarios, ...uploadAnswerAnonymousScenarios, ...progressRunningScenarios, ...progressScenarios
]
