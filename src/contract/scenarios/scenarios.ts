/** All scenarios written by hand, by the parts of the contract. */
import type { Scenario } from '../check.ts'
import { filesGetInfoScenarios } from './files-get-info.ts'
import { identifierScenarios } from './identifiers.ts'

export const SCENARIOS: readonly Scenario[] = [
  ...identifierScenarios,
  ...filesGetInfoScenarios
]
