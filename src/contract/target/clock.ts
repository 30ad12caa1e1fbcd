/** Time that passes at once: sessions that idle out, links that end. Only the emulator can do it. */
import { Untested } from '../check-problems.ts'
import { control } from './emulator-control.ts'
import type { Target } from './target-file.ts'

export interface Clock {
  /** What time it is for the target. */
  now (): Promise<Date>
  /** Lets so much time pass, such as `PT25H`; what falls due in it has happened then. It never goes back before the play is over. */
  advance (by: string): Promise<void>
  /** Lets time pass until then; nothing when it is later already, as on a slow machine. */
  advanceTo (moment: Date): Promise<void>
  /** Has wrong passwords counted, which the emulator does only when it is told to. */
  limitAttempts (): Promise<void>
}

/**
 * Plays with a clock that may be moved; needs `time`, and nothing beside it. Afterwards everything is as it was before: the time, and what it has
 * ended, such as sessions that other checks still use. So nothing that was made in between is there afterwards.
 */
export async function withClock<T> (context: { readonly target: Target, readonly run: string }, play: (clock: Clock) => Promise<T>): Promise<T> {
  if (context.target.control === undefined) throw new Untested('time can be moved only in the emulator')
  const name = `check-${context.run}`
  await control(context, 'POST', '/snapshots', { name })
  const now = async (): Promise<Date> => new Date((await control(context, 'GET', '/clock') as { readonly now: string }).now)
  const advance = async (by: string): Promise<void> => { await control(context, 'POST', '/clock/advance', { by }) }
  try {
    return await play({
      now,
      advance,
      limitAttempts: async () => { await control(context, 'PATCH', '/system', { limitsAttempts: true }) },
      async advanceTo (moment) {
        const seconds = Math.ceil((moment.getTime() - (await now()).getTime()) / 1000)
        if (seconds > 0) await advance(`PT${seconds}S`)
      }
    })
  } finally {
    await control(context, 'POST', `/snapshots/${name}/restore`)
    await control(context, 'DELETE', `/snapshots/${name}`)
  }
}
