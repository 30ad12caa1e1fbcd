import { setTimeout as sleep } from 'node:timers/promises'

/** The result of some work, or undefined when it takes longer than this many milliseconds. The timer does not keep the process alive. */
export const within = <T> (work: Promise<T> | undefined, milliseconds: number): Promise<T | undefined> =>
  Promise.race([work, sleep(milliseconds, undefined, { ref: false })])
