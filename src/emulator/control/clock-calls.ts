/** The clock by control calls. */
import { DocumentProblem, fields, written, type Read } from '../../settings/document.ts'
import { choice, moment } from '../../settings/kinds.ts'
import { advanceClock } from '../state/advance-clock.ts'
import { Answered, type Routes, type ControlledServer } from './call.ts'
import { positiveDuration, isoDuration, writeIsoDuration } from '../state/iso-duration.ts'

/** A day alone could be its beginning or its end. */
const exactMoment: Read<number> = (value, at) => {
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)) throw new DocumentProblem(at, `expected a moment such as ${value}T12:00:00Z, got a day`)
  return written(moment)(value, at)
}

const readSetting = fields<{ mode: 'frozen' | 'offset', now: number, by: number }, 'mode'>({
  mode: written(choice('frozen', 'offset')), now: exactMoment, by: isoDuration
}, ['mode'])

const readAdvance = fields<{ by: number }, 'by'>({ by: positiveDuration }, ['by'])

export const CLOCK_ROUTES: Routes = {
  '/clock': {
    GET: async (_asked, world) => describeClock(world),
    async PUT ({ body }, world) {
      const { mode, now, by } = readSetting(body, '')
      if (mode === 'frozen') {
        if (by !== undefined) throw new DocumentProblem('/by', 'a clock that stands still has no offset; give now, or leave it out to stop the clock where it is')
        world.clock.freeze(now ?? world.clock.now())
      } else {
        if (now !== undefined) throw new DocumentProblem('/now', 'a clock that runs is set by its distance from the real time: {"mode":"offset","by":"PT25H"}')
        world.clock.shift(by ?? world.clock.shiftedBy())
      }
      return describeClock(world)
    },
    async DELETE (_asked, { clock }) {
      clock.shift(0)
      return new Answered(204)
    }
  },
  '/clock/advance': {
    async POST ({ body }, world) {
      const { now, ...others } = await advanceClock(readAdvance(body, '').by, world)
      return { now: new Date(now).toISOString(), ...others }
    }
  }
}

function describeClock ({ clock }: ControlledServer) {
  return {
    mode: clock.isFrozen() ? 'frozen' : 'offset',
    now: new Date(clock.now()).toISOString(),
    ...(!clock.isFrozen() && { by: writeIsoDuration(clock.shiftedBy()) })
  }
}
