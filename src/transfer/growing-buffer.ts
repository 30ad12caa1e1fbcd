/** Collects chunks of any size in one buffer: in a list each chunk of one byte would need a hundred. */
export interface GrowingBuffer {
  readonly length: number
  /** Copies the bytes of a chunk. */
  append (chunk: Uint8Array): void
  /** All bytes, as a view that is valid until the next `append`. */
  bytes (): Buffer
}

const SMALLEST = 256

export function createGrowingBuffer (): GrowingBuffer {
  let buffer = Buffer.alloc(0)
  let length = 0
  return {
    get length () { return length },
    append (chunk) {
      const needed = length + chunk.length
      if (needed > buffer.length) {
        // Doubled each time, so that every byte is copied about twice in total.
        const larger = Buffer.allocUnsafeSlow(Math.max(SMALLEST, needed, buffer.length * 2))
        buffer.copy(larger, 0, 0, length)
        buffer = larger
      }
      buffer.set(chunk, length)
      length = needed
    },
    bytes: () => buffer.subarray(0, length)
  }
}
