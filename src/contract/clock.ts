/** Time that passes at once, in the emulator; what falls due in it has happened then. */
import { BrokenMeans } from './check-problems.ts'
import type { World } from './world.ts'

/** `by` such as `PT25H`. It never goes back but by resetClock. */
export const advance = (world: World, by: string): Promise<void> => control(world, 'POST', '/clock/advance', { by })

/** The real time again. What was made meanwhile is of the future. */
export const resetClock = (world: World): Promise<void> => control(world, 'DELETE', '/clock')

async function control ({ target }: World, method: string, path: string, body?: object): Promise<void> {
  const answer = await fetch(`${target.control ?? ''}${path}`, { method, ...body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } })
  if (!answer.ok) throw new BrokenMeans(`the control call ${method} ${path} answered ${answer.status}: ${await answer.text()}`)
}
