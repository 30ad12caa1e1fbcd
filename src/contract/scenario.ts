/** Several checks that are judged in one run of a function, and what they need. */
import type { Check, State } from './check.ts'
import type { Stage } from './run/stage.ts'
import type { Feature } from './target/target-file.ts'

/** Runs once for each version of the API that the target supports. */
export interface Scenario {
  readonly name: string
  readonly needs: readonly Need[]
  /** It changes what others see, such as maintenance: no other scenario runs meanwhile. */
  readonly isAlone?: boolean
  /** It judges what all other scenarios have seen. */
  readonly isLast?: boolean
  readonly checks: readonly Check[]
  /** Judges each of its checks; a check without a verdict is an error of the kit. */
  play (stage: Stage): Promise<void>
}

/** What a scenario needs from the target; without it, its checks are untested. */
export type Need = 'account' | 'second account' | 'register' | 'mail' | 'time' | `state:${State}` | `feature:${Feature}`
