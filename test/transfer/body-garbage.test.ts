/** Buffers of bodies that were read do not pile up until V8 looks for them. */
import t from 'tap'
import { countForCollection } from '../../src/http/request/body-garbage.ts'

const MiB = 1024 * 1024
const CHUNK = 64 * 1024

t.test('of 256 MiB that come in chunks and are dropped, little is in memory at any time', async t => {
  const before = process.memoryUsage().arrayBuffers
  let most = 0
  for (let at = 0; at < 256 * MiB; at += CHUNK) {
    countForCollection(new Uint8Array(new ArrayBuffer(CHUNK)).length)
    most = Math.max(most, process.memoryUsage().arrayBuffers - before)
  }
  t.ok(most < 16 * MiB, `${Math.ceil(most / MiB)} MiB at most`)
  t.equal('gc' in globalThis, false, 'no program finds the collection')
})
