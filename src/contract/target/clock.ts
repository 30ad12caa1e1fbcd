/** Moves the clock of the target: sessions expire, links end. Only the emulator supports it. */
import { Untested } from '../check-problems.ts'
import { control } from './emulator-control.ts'
import type { Target } from './target-file.ts'

export interface Clock {
  /** The current time of the target. */
  now (): Promise<Date>
  /** Advances the clock, by `PT25H` for example, and waits for everything that falls due. The clock goes back only at the end. */
  advance (by: string): Promise<void>
  /** Advances the clock to that moment; does nothing when it has passed already, as on a slow machine. */
  advanceTo (moment: Date): Promise<void>
  /** Turns on the limit on wrong passwords, which is off by default in the emulator. */
  limitAttempts (): Promise<void>
}

/**
 * Runs with a clock that can be advanced; needs `time`, and nothing else. Afterwards the time and all data are restored, such as sessions that
 * other checks still use. So nothing that was created meanwhile remains.
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
