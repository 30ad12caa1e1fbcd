/** Control calls of the clock. */
import { apart, DocumentProblem, fields, titled, written } from '../../settings/document.ts'
import { isoDuration, positiveDuration, writeIsoDuration } from '../../settings/durations.ts'
import { choice } from '../../settings/kinds.ts'
import type { EmulatedServer } from '../emulated-server.ts'
import { advanceClock } from '../state/advance-clock.ts'
import { clockMoment } from '../state/clock.ts'
import { list, object, oneOf, optional, text, time, whole } from './answer-shape.ts'
import { defineCall } from './control-call.ts'

const readSetting = titled('ClockSetting', apart(fields<{ mode: 'frozen' | 'offset', now: number, by: number }, 'mode'>({
  mode: written(choice('frozen', 'offset')), now: clockMoment, by: isoDuration
}, ['mode']), 'now', 'by', 'a frozen clock has a time, a running one an offset; give one of them'))

const readAdvance = titled('ClockAdvance', fields<{ by: number }, 'by'>({ by: positiveDuration }, ['by']))

const CLOCK = object({ mode: oneOf('frozen', 'offset'), now: time, by: optional(text) }, 'Clock')

const ADVANCED = object({
  now: time,
  ran: object({ membershipsEnded: whole, sessionsExpired: whole, tokensExpired: whole, ticketsExpired: whole, filesBlocked: whole, filesDeleted: whole, filesMoved: whole }),
  events: list(object({
    at: time,
    what: oneOf('membershipsEnded', 'sessionsExpired', 'tokensExpired', 'ticketsExpired', 'filesBlocked', 'filesDeleted', 'filesMoved'),
    user: optional(text),
    file: optional(text),
    name: optional(text)
  }, 'DueEvent'))
}, 'Advanced')

export const CLOCK_CALLS = [
  defineCall({
    name: 'getClock',
    verb: 'GET',
    path: '/clock',
    answer: CLOCK,
    about: 'Shows the time, and whether the clock is frozen or runs at an offset from the real time.',
    handle: ({ server }) => describeClock(server)
  }),
  defineCall({
    name: 'setClock',
    verb: 'PUT',
    path: '/clock',
    answer: CLOCK,
    about: 'Freezes the clock at a time, or runs it at an offset from the real time.',
    body: { read: readSetting, example: { mode: 'frozen', now: '2026-01-01T00:00:00Z' } },
    handle ({ body: { mode, now, by }, server }) {
      const { clock } = server
      if (mode === 'frozen') {
        if (by !== undefined) throw new DocumentProblem('/by', 'a frozen clock has no offset; give now, or leave it out to freeze the clock at its current time')
        clock.freeze(now ?? clock.now(), '/now')
      } else {
        if (now !== undefined) throw new DocumentProblem('/now', 'a running clock is set by its offset from the real time: {"mode":"offset","by":"PT25H"}')
        clock.shift(by ?? clock.shiftedBy(), '/by')
      }
      return describeClock(server)
    }
  }),
  defineCall({
    name: 'resetClock',
    verb: 'DELETE',
    path: '/clock',
    about: 'Sets the clock to the real time.',
    status: 204,
    handle: ({ server }) => { server.clock.shift(0) }
  }),
  defineCall({
    name: 'advanceClock',
    verb: 'POST',
    path: '/clock/advance',
    answer: ADVANCED,
    about: 'Advances the clock. Everything that falls due happens in order, each at its time.',
    body: { read: readAdvance, example: { by: 'PT25H' } },
    async handle ({ body, server }) {
      const { now, ...others } = await advanceClock(body.by, server)
      return { now: new Date(now).toISOString(), ...others }
    }
  })
]

function describeClock ({ clock }: EmulatedServer) {
  return {
    mode: clock.isFrozen() ? 'frozen' as const : 'offset' as const,
    now: new Date(clock.now()).toISOString(),
    ...(!clock.isFrozen() && { by: writeIsoDuration(clock.shiftedBy()) })
  }
}
