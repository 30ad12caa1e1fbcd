/** A map that keeps the newest values. */
export interface NewestMap<Value, Key = string> {
  set (key: Key, value: Value): void
  get (key: Key): Value | undefined
  has (key: Key): boolean
  delete (key: Key): void
  values (): IterableIterator<Value>
  /** Whether an old value was dropped. */
  hasForgotten (): boolean
  clear (): void
}

/** Holds `max` values. Setting a key makes it the newest. */
export function createNewestMap<Value, Key = string> (max: number): NewestMap<Value, Key> {
  const values = new Map<Key, Value>()
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
    has: key => values.has(key),
    delete: key => { values.delete(key) },
    values: () => values.values(),
    hasForgotten: () => hasForgotten,
    clear () {
      values.clear()
      hasForgotten = false
    }
  }
}
