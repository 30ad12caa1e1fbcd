/** Several checks that are judged in one play, and what the play needs. */
import type { Check, State } from './check.ts'
import type { Stage } from './run/stage.ts'
import type { Feature } from './target/target-file.ts'

/** Played once for each version of the API that the target speaks. */
export interface Scenario {
  readonly name: string
  readonly needs: readonly Need[]
  /** It changes what others see, such as maintenance: nothing else runs meanwhile. */
  readonly isAlone?: boolean
  /** It judges what all others have seen. */
  readonly isLast?: boolean
  readonly checks: readonly Check[]
  /** Judges each of its checks; what it leaves out is an error of the kit. */
  play (stage: Stage): Promise<void>
}

/** What a scenario needs of the target; without it its checks are untested. */
export type Need = 'account' | 'second account' | 'register' | 'mail' | 'time' | `state:${State}` | `feature:${Feature}`
