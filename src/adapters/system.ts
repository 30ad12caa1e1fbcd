/** Time and random values of the machine. */
import { randomBytes } from 'node:crypto'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { customAlphabet } from 'nanoid'
import type { Clock, Ids } from '../ports.ts'

export const systemClock: Clock = {
  now: () => Date.now(),
  // A timer of 0 would take a millisecond.
  sleep: milliseconds => milliseconds === 0 ? setImmediate() : sleep(milliseconds)
}

/** The id of a process among those on one database. Always random: with the fixed ids of tests two processes could have the same. */
export const newServerId = (): string => randomBytes(6).toString('hex')

const generators = new Map<string, (length: number) => string>()

/** From the operating system's generator, without bias for any length of the alphabet. */
export const systemIds: Ids = {
  text (alphabet, length) {
    let generate = generators.get(alphabet)
    if (generate === undefined) generators.set(alphabet, generate = customAlphabet(alphabet))
    return generate(length)
  },
  bytes: length => randomBytes(length)
}
