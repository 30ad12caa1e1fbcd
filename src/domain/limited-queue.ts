/** More wait already than may wait: try again later. */
export class QueueFull extends Error {
  constructor () {
    super('too much waits already')
  }
}

/** Runs at most `running` works at once; at most `waiting` more wait for their turn, in the order in which they came. Rejects with QueueFull beyond that. */
export function createLimitedQueue (running: number, waiting: number): <T>(work: () => Promise<T>) => Promise<T> {
  const queue: Array<() => void> = []
  let active = 0
  return async work => {
    if (active < running) active++
    else if (queue.length >= waiting) throw new QueueFull()
    // Whoever ends hands its place on.
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
