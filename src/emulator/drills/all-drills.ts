/** All drills, in the order of display. */
import { ANSWER_DRILLS } from './answer-drills.ts'
import { CONNECTION_DRILLS } from './connection-drills.ts'
import { DATA_DRILLS } from './data-drills.ts'
import type { Drill } from './drill.ts'
import { REFUSAL_DRILLS } from './refusal-drills.ts'

/** Comes first: nothing is armed, and all others are compared with it. */
export const PLAIN_DRILL: Pick<Drill, 'id' | 'armed' | 'expected'> = { id: 'drill/plain', armed: 'nothing', expected: 'exit 0, no rule broken' }

/** All others. */
export const DRILLS: readonly Drill[] = [...REFUSAL_DRILLS, ...CONNECTION_DRILLS, ...ANSWER_DRILLS, ...DATA_DRILLS]
