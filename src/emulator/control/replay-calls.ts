/** The replay of a recording by control calls. */
import { ControlProblem } from '../control-problem.ts'
import { defineCall } from './control-call.ts'

export const SHOW_REPLAY = defineCall({
  verb: 'GET',
  path: '/replay',
  about: 'Shows how much of the recording was used, what is left of it, and which calls did not fit.',
  failures: [404],
  handle ({ server: { replay } }) {
    if (replay === undefined) throw new ControlProblem(404, 'no recording is replayed', 'start the emulator with --replay FILE')
    return replay.state()
  }
})
