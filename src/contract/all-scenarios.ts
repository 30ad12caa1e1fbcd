/** Everything that the kit can judge: what follows from the declarations, and what was written by hand. */
import type { Contract } from '../api/contract-format.ts'
import type { Scenario } from './scenario.ts'
import { derivedScenarios } from './derived/derived.ts'
import { SCENARIOS } from './handwritten-scenarios.ts'

/** Made anew for each run: derived scenarios keep things that they share. */
export const allScenarios = (contract: Contract): readonly Scenario[] => [...derivedScenarios(contract), ...SCENARIOS]
