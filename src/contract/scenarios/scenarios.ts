/** All scenarios written by hand, by the parts of the contract. */
import type { Scenario } from '../check.ts'
import { identifierScenarios } from './identifiers.ts'
import { uploadBrokenScenarios } from './upload-broken.ts'
import { uploadFormScenarios } from './upload-form.ts'
import { uploadLimitScenarios } from './upload-limits.ts'

export const SCENARIOS: readonly Scenario[] = [...identifierScenarios, ...uploadFormScenarios, ...uploadBrokenScenarios, ...uploadLimitScenarios]
