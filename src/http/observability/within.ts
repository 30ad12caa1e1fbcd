import { setTimeout as sleep } from 'node:timers/promises'

/** What some work gives, or undefined when that takes longer than so many milliseconds. Nothing is kept running by the wait. */
export const within = <T> (work: Promise<T> | undefined, milliseconds: number): Promise<T | undefined> =>
  Promise.race([work, sleep(milliseconds, undefined, { ref: false })])
