/** Time and chance as the machine has them. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { customAlphabet } from 'nanoid'
import type { Clock, Ids } from '../ports.ts'

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: milliseconds => sleep(milliseconds)
}

const generators = new Map<string, (length: number) => string>()

/** From the operating system's generator, without bias whatever the length of the alphabet. */
export const systemIds: Ids = {
  text (alphabet, length) {
    let generate = generators.get(alphabet)
    if (generate === undefined) generators.set(alphabet, generate = customAlphabet(alphabet))
    return generate(length)
  },
  bytes: length => randomBytes(length)
}
