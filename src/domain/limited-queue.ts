/** Too many are waiting: try again later. */
export class QueueFull extends Error {
  constructor () {
    super('too many are waiting already')
  }
}

/** Runs at most `running` tasks at once; at most `waiting` more wait, first come first served. Rejects with QueueFull beyond that. */
export function createLimitedQueue (running: number, waiting: number): <T>(work: () => Promise<T>) => Promise<T> {
  const queue: Array<() => void> = []
  let active = 0
  return async work => {
    if (active < running) active++
    else if (queue.length >= waiting) throw new QueueFull()
    // A finished task passes its slot to the next one.
    else await new Promise<void>(resolve => { queue.push(resolve) })
    try {
      return await work()
    } finally {
      const next = queue.shift()
      if (next === undefined) active--
      else next()
    }
  }
}
