/** A map that keeps the newest values. */
export interface NewestMap<Value> {
  set (key: string, value: Value): void
  get (key: string): Value | undefined
  delete (key: string): void
  values (): IterableIterator<Value>
  /** Whether an old value was dropped. */
  hasForgotten (): boolean
  clear (): void
}

/** Holds `max` values. Setting a key makes it the newest. */
export function createNewestMap<Value> (max: number): NewestMap<Value> {
  const values = new Map<string, Value>()
  let hasForgotten = false
  return {
    set (key, value) {
      values.delete(key)
      values.set(key, value)
      const [oldest] = values.keys()
      if (values.size <= max || oldest === undefined) return
      values.delete(oldest)
      hasForgotten = true
    },
    get: key => values.get(key),
    delete: key => { values.delete(key) },
    values: () => values.values(),
    hasForgotten: () => hasForgotten,
    clear () {
      values.clear()
      hasForgotten = false
    }
  }
}
