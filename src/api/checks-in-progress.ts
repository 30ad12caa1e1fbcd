/** The attempts that this process is checking, by subject: an attempt that would exceed the limit with them waits until one ends. */
interface InProgress {
  checks: number
  readonly waiting: Array<() => void>
}

const bySubject = new Map<string, InProgress>()

/** A check for these subjects has begun. The caller must also report its end. */
export function beginCheck (subjects: readonly string[]): void {
  for (const subject of subjects) {
    const own = bySubject.get(subject) ?? { checks: 0, waiting: [] }
    own.checks++
    bySubject.set(subject, own)
  }
}

export function endCheck (subjects: readonly string[]): void {
  for (const subject of subjects) {
    const own = bySubject.get(subject)
    if (own === undefined) continue
    own.checks--
    if (own.checks === 0) bySubject.delete(subject)
    for (const wake of own.waiting.splice(0)) wake()
  }
}

/** Resolves when a check for one of these subjects ends; undefined when this process runs none. */
export function endOfOne (subjects: readonly string[]): Promise<void> | undefined {
  const running = subjects.map(subject => bySubject.get(subject)).filter(found => found !== undefined)
  return running.length === 0 ? undefined : new Promise(resolve => { for (const { waiting } of running) waiting.push(resolve) })
}
