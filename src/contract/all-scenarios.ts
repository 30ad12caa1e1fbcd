/** All scenarios of the kit: those derived from the declarations, and those written by hand. */
import type { Contract } from '../api/contract-format.ts'
import type { Scenario } from './scenario.ts'
import { derivedScenarios } from './derived/derived.ts'
import { SCENARIOS } from './handwritten-scenarios.ts'

/** Created anew for each run, because derived scenarios share state. */
export const allScenarios = (contract: Contract): readonly Scenario[] => [...derivedScenarios(contract), ...SCENARIOS]
