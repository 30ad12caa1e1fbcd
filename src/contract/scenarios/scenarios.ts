/** All scenarios written by hand, by the parts of the contract. */
import type { Scenario } from '../check.ts'
import { addressbookUpdateScenarios } from './addressbook-update.ts'
import { addressbookScenarios } from './addressbook.ts'
import { addressScenarios } from './addresses.ts'
import { anonymousMailScenarios } from './anonymous-mail.ts'
import { loginLimitScenarios } from './auth-login-limits.ts'
import { loginScenarios } from './auth-login.ts'
import { registerScenarios } from './auth-register.ts'
import { sessionScenarios } from './auth-sessions.ts'
import { tokenScenarios } from './auth-tokens.ts'
import { defaultScenarios } from './defaults.ts'
import { downloadLinkScenarios } from './download-get-info.ts'
import { identifierScenarios } from './identifiers.ts'
import { uploadTicketScenarios } from './upload-get-info.ts'
import { accountValueScenarios } from './values-account.ts'
import { folderValueScenarios } from './values-folders.ts'
import { listValueScenarios } from './values-lists.ts'
import { timeValueScenarios } from './values-times.ts'

export const SCENARIOS: readonly Scenario[] = [
  ...identifierScenarios,
  ...accountValueScenarios,
  ...timeValueScenarios,
  ...listValueScenarios,
  ...folderValueScenarios,
  ...registerScenarios,
  ...tokenScenarios,
  ...loginScenarios,
  ...loginLimitScenarios,
  ...sessionScenarios,
  ...uploadTicketScenarios,
  ...downloadLinkScenarios,
  ...addressbookScenarios,
  ...addressbookUpdateScenarios,
  ...anonymousMailScenarios,
  ...addressScenarios,
  ...defaultScenarios
]
