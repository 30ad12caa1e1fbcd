/** Archives beyond what a ZIP once could hold: many files, large ones, and small ones behind them. */
// Runs first.
import { execFileSync } from 'node:child_process'
import { open, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { crc32 } from 'node:zlib'
import t from 'tap'
import type { Chunks } from '../../src/domain/files/blob-bytes.ts'
import { archive, type Entry } from '../../src/transfer/archive.ts'
import { temporaryFolder, type Teardown } from '../support/server.ts'

const GiB = 1024 ** 3
const MODIFIED_AT = Date.UTC(2026, 0, 2, 3, 4, 6)

/** The bytes as a file in which nothing but zeros takes no room. */
async function save (t: Teardown, bytes: Chunks): Promise<string> {
  const path = join(await temporaryFolder(t), 'a.zip')
  const file = await open(path, 'w')
  let at = 0
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    if (chunk !== ZEROS) await file.write(chunk, 0, chunk.length, at)
    at += chunk.length
  }
  await file.close()
  await truncate(path, at)
  return path
}

const ZEROS = Buffer.alloc(64 * 1024 * 1024)

/** How many are read, or wait for it. */
let reading = 0

async function * chunksOf (pieces: Iterable<Buffer>): AsyncGenerator<Buffer, void> {
  reading++
  try {
    yield * pieces
  } finally {
    reading--
  }
}

function fileOf (path: string, text: string): Entry {
  const bytes = Buffer.from(text)
  return { path, size: bytes.length, crc32: crc32(bytes), modifiedAt: MODIFIED_AT, open: async () => chunksOf(text === '' ? [] : [bytes]) }
}

/** Nobody looks at the sum of this one. */
function zeros (path: string, size: number): Entry {
  // One byte first, so that the header is not joined with the zeros.
  const pieces = function * () {
    yield Buffer.from('x')
    for (let left = size - 1; left > 0; left -= ZEROS.length) yield left >= ZEROS.length ? ZEROS : ZEROS.subarray(0, left)
  }
  return { path, size, crc32: 0, modifiedAt: MODIFIED_AT, open: async () => chunksOf(pieces()) }
}

async function * each (entries: Iterable<Entry>): AsyncGenerator<Entry> {
  yield * entries
}

function ask (path: string, question: string): unknown {
  return JSON.parse(execFileSync('python3', ['-c', `import json, sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nprint(json.dumps(${question}))`, path], { encoding: 'utf8' }))
}

for (const count of [65_534, 65_535, 65_536]) {
  t.test(`${count} files are all there`, async t => {
    const path = await save(t, archive(each(function * () {
      for (let i = 0; i < count; i++) yield fileOf(`f${i}`, i % 1000 === 0 ? `text ${i}` : '')
    }())))
    t.strictSame(ask(path, '[len(z.namelist()), z.testzip(), z.read("f65000").decode(), z.infolist()[-1].date_time]'),
      [count, null, 'text 65000', [2026, 1, 2, 3, 4, 6]])
  })
}

for (const [name, size] of [['a byte less than 4 GiB', 4 * GiB - 2], ['what 32 bits cannot say', 4 * GiB - 1], ['more than 4 GiB', 5 * GiB]] as const) {
  t.test(`a file of ${name} has its size, and one behind it its place`, async t => {
    const path = await save(t, archive(each([zeros('large', size), fileOf('after', 'behind it'), fileOf('last', 'the end')])))
    t.strictSame(ask(path, '[z.getinfo("large").file_size, z.open("large").read(2).decode(), z.read("after").decode(), z.read("last").decode()]'),
      [size, 'x\0', 'behind it', 'the end'])
  })
}

t.test('a file that is not as long as it was said breaks the archive off', async t => {
  for (const [size, text] of [[3, 'four'], [5, 'four'], [1, '']] as const) {
    const bytes = archive(each([{ ...fileOf('a', text), size }]))
    await t.rejects(async () => buffer(bytes), /bytes instead of/)
  }
})

t.test('what is there no more is left out, and all that is opened is closed', async t => {
  let opened = 0
  const watched = (entry: Entry): Entry => ({
    ...entry,
    async open (...args) {
      opened++
      return entry.open(...args)
    }
  })
  const path = await save(t, archive(each([watched(fileOf('a', 'one')), { ...fileOf('gone', 'x'), open: async () => undefined }, watched(fileOf('b', 'two'))])))
  t.strictSame(ask(path, '[z.namelist(), z.testzip()]'), [['a', 'b'], null])
  const bytes = archive(each([watched(zeros('large', GiB)), watched(fileOf('never', 'x'))]))
  await bytes.next()
  t.same([opened, reading], [3, 1])
  await bytes.return()
  t.same([opened, reading], [3, 0])
})
