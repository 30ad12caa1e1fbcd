/** Control calls of the replay of a recording. */
import { ControlProblem } from '../control-problem.ts'
import type { Miss, ReplayState } from '../replay/replay.ts'
import { list, object, optional, text, truth, whole, type Shape } from './answer-shape.ts'
import { defineCall } from './control-call.ts'

const MISS: Shape<Miss> = object({
  call: text,
  sentence: text,
  nearest: optional(object({ entry: whole, call: text, differences: list(text) }))
}, 'Miss')

const REPLAY_STATE: Shape<ReplayState> = object({
  file: text,
  isWhole: truth,
  recorded: whole,
  used: whole,
  unused: list(object({ entry: whole, call: text })),
  misses: list(MISS)
}, 'ReplayState')

export const SHOW_REPLAY = defineCall({
  name: 'getReplay',
  verb: 'GET',
  path: '/replay',
  answer: REPLAY_STATE,
  about: 'Shows how much of the recording was used, the remaining calls, and the calls that did not match.',
  failures: [404],
  handle ({ server: { replay } }) {
    if (replay === undefined) throw new ControlProblem(404, 'no recording is replayed', 'start the emulator with --replay FILE')
    return replay.state()
  }
})
