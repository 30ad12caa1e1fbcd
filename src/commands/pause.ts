/** Switches that work while the server runs, and survive its restart. */
import type { Config } from '../config.ts'
import type { Pause } from '../domain/pause.ts'
import { listPauses, setPause } from '../store/operations/pauses.ts'
import { CommandProblem } from './problem.ts'
import { withPorts } from './user.ts'

/** Maintenance is on while everything is paused; uploads and downloads are on while they are not paused. */
export async function switchPause (config: Config, pause: Pause, word: string | undefined): Promise<void> {
  if (word !== undefined && word !== 'on' && word !== 'off') throw new CommandProblem(`${pause}: expected on or off, got "${word}"`)
  const isPausedWhenOn = pause === 'maintenance'
  await withPorts(config, async ({ sql, clock }) => {
    if (word !== undefined) await setPause(sql, pause, (word === 'on') === isPausedWhenOn, clock.now())
    const isPaused = (await listPauses(sql)).has(pause)
    process.stdout.write(`${pause}: ${isPaused === isPausedWhenOn ? 'on' : 'off'}\n`)
  })
}
