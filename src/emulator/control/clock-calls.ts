/** The clock by control calls. */
import { described, DocumentProblem, fields, written } from '../../settings/document.ts'
import { choice, moment } from '../../settings/kinds.ts'
import type { EmulatedServer } from '../emulated-server.ts'
import { advanceClock } from '../state/advance-clock.ts'
import { isoDuration, positiveDuration, writeIsoDuration } from '../state/iso-duration.ts'
import { defineCall } from './control-call.ts'

const readMoment = written(moment)

/** A day alone could be its beginning or its end. */
const exactMoment = described<number>({ type: 'string', format: 'date-time' }, (value, at) => {
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)) throw new DocumentProblem(at, `expected a moment such as ${value}T12:00:00Z, got a day`)
  return readMoment(value, at)
})

const readSetting = fields<{ mode: 'frozen' | 'offset', now: number, by: number }, 'mode'>({
  mode: written(choice('frozen', 'offset')), now: exactMoment, by: isoDuration
}, ['mode'])

export const CLOCK_CALLS = [
  defineCall({
    verb: 'GET',
    path: '/clock',
    about: 'Shows the time, and whether the clock is frozen or runs at an offset from the real time.',
    handle: ({ server }) => describeClock(server)
  }),
  defineCall({
    verb: 'PUT',
    path: '/clock',
    about: 'Freezes the clock at a moment, or lets it run at an offset from the real time.',
    body: { read: readSetting, example: { mode: 'frozen', now: '2026-01-01T00:00:00Z' } },
    handle ({ body: { mode, now, by }, server }) {
      const { clock } = server
      if (mode === 'frozen') {
        if (by !== undefined) throw new DocumentProblem('/by', 'a frozen clock has no offset; give now, or leave it out to freeze the clock at its current time')
        clock.freeze(now ?? clock.now())
      } else {
        if (now !== undefined) throw new DocumentProblem('/now', 'a running clock is set by its offset from the real time: {"mode":"offset","by":"PT25H"}')
        clock.shift(by ?? clock.shiftedBy())
      }
      return describeClock(server)
    }
  }),
  defineCall({
    verb: 'DELETE',
    path: '/clock',
    about: 'Sets the clock to the real time.',
    status: 204,
    handle: ({ server }) => { server.clock.shift(0) }
  }),
  defineCall({
    verb: 'POST',
    path: '/clock/advance',
    about: 'Advances the clock. What falls due in that time happens in order, each at its moment.',
    body: { read: fields<{ by: number }, 'by'>({ by: positiveDuration }, ['by']), example: { by: 'PT25H' } },
    async handle ({ body, server }) {
      const { now, ...others } = await advanceClock(body.by, server)
      return { now: new Date(now).toISOString(), ...others }
    }
  })
]

function describeClock ({ clock }: EmulatedServer) {
  return {
    mode: clock.isFrozen() ? 'frozen' : 'offset',
    now: new Date(clock.now()).toISOString(),
    ...(!clock.isFrozen() && { by: writeIsoDuration(clock.shiftedBy()) })
  }
}
