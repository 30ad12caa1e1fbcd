/** The second stage of an upload request: bytes become parts, parts become fields and blobs. */
import { refuseBecause } from '../api/errors.ts'
import { recognizeBody, SNIFFED_BYTES, type BodyFormat } from './body-format.ts'
import type { Collector } from './collect.ts'
import type { Form } from './form.ts'
import { createGrowingBuffer } from './growing-buffer.ts'
import type { Incoming } from './incoming.ts'
import { createScanner, type Scanner } from './multipart-scanner.ts'

/** Reads a body as it comes. */
export interface BodyParser {
  /** Throws refusals and MalformedBody. */
  push (bytes: Buffer): Promise<void>
  /** Nothing more comes. Throws as `push` does. */
  end (): Promise<void>
}

/** Fields go into `form`, files into `collector`. */
export function createBodyParser ({ method, contentType, isOneFile }: Pick<Incoming, 'method' | 'contentType' | 'isOneFile'>, form: Form, collector: Collector): BodyParser {
  const firstBytes = createGrowingBuffer()
  let scanner: Scanner | undefined

  async function start (): Promise<Scanner> {
    const format = isOneFile ? ONE_FILE : recognizeBody(method, contentType, firstBytes.bytes())
    if (format.kind === 'unknown') throw refuseBecause('no file')
    scanner = format.kind === 'multipart' ? createScanner(format.boundary) : rawScanner
    if (format.kind === 'raw') await collector.openRaw(form.get('userfile'))
    await collector.take(scanner.push(firstBytes.bytes()))
    return scanner
  }

  return {
    async push (bytes) {
      if (scanner !== undefined) return collector.take(scanner.push(bytes))
      firstBytes.append(bytes)
      if (firstBytes.length >= SNIFFED_BYTES) await start()
    },
    async end () {
      const { end } = scanner ?? await start()
      await collector.take(end())
    }
  }
}

const ONE_FILE: BodyFormat = { kind: 'raw' }

/** A body that is one file. */
const rawScanner: Scanner = {
  push: bytes => bytes.length === 0 ? [] : [{ type: 'data', bytes }],
  end: () => [{ type: 'part end' }]
}
