/** All scenarios written by hand, by the parts of the contract. */
import type { Scenario } from '../check.ts'
import { deleteLinkScenarios } from './delete-links.ts'
import { bandwidthScenarios } from './downloads-bandwidth.ts'
import { downloadByteScenarios } from './downloads-bytes.ts'
import { countedDownloadScenarios } from './downloads-counted.ts'
import { limitedDownloadScenarios } from './downloads-limited.ts'
import { folderPageScenarios } from './folder-pages.ts'
import { identifierScenarios } from './identifiers.ts'
import { directLinkScenarios } from './links-direct.ts'
import { linkPageScenarios } from './links-pages.ts'

export const SCENARIOS: readonly Scenario[] = [
  ...identifierScenarios,
  ...linkPageScenarios,
  ...directLinkScenarios,
  ...downloadByteScenarios,
  ...countedDownloadScenarios,
  ...bandwidthScenarios,
  ...limitedDownloadScenarios,
  ...deleteLinkScenarios,
  ...folderPageScenarios
]
