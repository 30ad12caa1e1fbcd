/** A server that is killed keeps every file it acknowledged, shows nothing incomplete and leaves nothing behind. */
// Runs first.
import { randomInt } from 'node:crypto'
import { watch } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openSession, upload, userTicket, type TicketFields } from '../support/client.ts'
import { STEPS, type Step } from '../support/crash-at-step.ts'
import { drawSize, sendUntilGone, sha256, type SentFile, type SentUpload } from '../support/random-uploads.ts'
import { brokenInvariants } from '../support/invariants.ts'
import { spawnServer, type ServerProcess } from '../support/server-process.ts'
import { temporaryFolder } from '../support/server.ts'
import { readStorage, type StoredRow } from '../support/storage-contents.ts'

const ROUNDS = Number(process.env.CRASH_ROUNDS ?? 6)
/** Rounds that would begin later than this are left out: the test is bounded in time. */
const LONGEST = ROUNDS * 12_000
const LANES = 4
/** A storage folder that grew for 200 rounds would only be slow to look at. */
const MAX_KEPT = 40
const KEPT_SIZE = 256 * 1024

t.test('killed between the steps of an upload, the server shows all of it or nothing', async t => {
  const storage = await temporaryFolder(t)
  const bytes = Buffer.alloc(100_000, 'a')
  const program = (step: string) => ['--import=tsx', join(import.meta.dirname, '../support/crash-at-step.ts'), storage, step]
  await (await spawnServer(t, { storage })).end('SIGKILL')
  let died: Step | 'never' = 'never'
  for (const step of [...STEPS, 'never'] as const) {
    const server = await spawnServer(t, { storage, program: program(step) })
    const state = await readStorage(storage)
    await isTidy(t, storage)
    const shown = state.files.filter(({ name }) => name.startsWith(`${died}-`))
    t.ok(({ committing: [0, 2], committed: [2] }[String(died)] ?? [0]).includes(shown.length), `${shown.length} files after it died: ${died}`)
    for (const row of shown) t.equal(await downloadedSum(server, row), sha256(bytes))
    if (step === 'never') return server.end('SIGKILL')
    const files = [0, 1].map(i => ({ name: `${step}-${i}.bin`, bytes }))
    await t.rejects(upload(await userTicket(server, await openSession(server)), files), { message: /fetch failed|terminated/ }, `no answer: ${step}`)
    died = step
  }
})

t.test('killed at any moment, the server keeps what it acknowledged and nothing else', async t => {
  const storage = await temporaryFolder(t)
  const began = performance.now()
  const sent = new Map<string, SentFile>()
  const kept = new Set<string>()
  const counts = { rounds: 0, uploads: 0, acknowledged: 0, lost: 0, lostButWhole: 0, deleted: 0, killedAtStart: 0 }
  // The very first start is not spared.
  for (let i = 0; i < 3; i++) if (await killAtStart(t, storage)) counts.killedAtStart++
  let server = await spawnServer(t, { storage })
  const sessions = [await openSession(server, 'alice'), await openSession(server, 'bob', '1.2')]

  while (counts.rounds < ROUNDS && performance.now() - began < LONGEST) {
    const { uploads, removed } = await loadAndKill(server, sessions, `r${counts.rounds}`)
    for (const { files } of uploads) for (const file of files) sent.set(file.name, file)
    if (randomInt(4) === 0 && await killAtStart(t, storage)) counts.killedAtStart++
    server = await spawnServer(t, { storage })
    const state = await readStorage(storage)
    await isTidy(t, storage)
    const shown = new Map(state.files.map(row => [row.id, row]))
    const names = new Set(state.files.map(({ name }) => name))

    for (const { outcome, ids, files } of uploads) {
      // Of an upload whose files were deleted meanwhile only those that were not can be asked for.
      const left = files.filter((_, i) => !removed.has(ids[i] ?? ''))
      const there = left.filter(({ name }) => names.has(name)).length
      if (outcome === 'acknowledged' && there !== left.length) t.fail(`an acknowledged upload is gone: ${files[0]?.name}`)
      if (outcome === 'failed' && there !== 0) t.fail(`a failed upload is shown: ${files[0]?.name}`)
      if (there !== 0 && there !== left.length) t.fail(`an upload is shown in part: ${files[0]?.name}`)
      if (outcome === 'lost' && there > 0) counts.lostButWhole++
    }
    for (const [id, isConfirmed] of removed) if (isConfirmed && shown.has(id)) t.fail(`a deleted file is there again: ${id}`)
    for (const id of kept) if (!shown.has(id)) t.fail(`a file of an earlier round is gone: ${id}`)
    for (const row of state.files) if (!kept.has(row.id)) await isWhole(t, server, row, sent)
    const lost = uploads.find(({ outcome }) => outcome === 'lost')
    if (lost !== undefined) {
      const ticket = moved(lost.ticket, server)
      t.match((await upload(ticket, [{ name: 'again.txt', bytes: 'again' }])).body, /status(?:=|>)ok/, 'a ticket that was in use works again')
    }

    kept.clear()
    for (const row of (await readStorage(storage)).files) {
      if (sent.has(row.name) && row.size < KEPT_SIZE && kept.size < MAX_KEPT) kept.add(row.id)
      else await remove(server, row)
    }
    counts.rounds++
    counts.uploads += uploads.length
    counts.acknowledged += uploads.filter(({ outcome }) => outcome === 'acknowledged').length
    counts.lost += uploads.filter(({ outcome }) => outcome === 'lost').length
    counts.deleted += removed.size
  }
  for (const row of (await readStorage(storage)).files) await isWhole(t, server, row, sent)
  t.equal(await server.end('SIGTERM'), 0)
  await isTidy(t, storage)
  t.ok(counts.rounds > 0 && counts.acknowledged > 0)
  t.comment(JSON.stringify(counts))
})

/** The ticket of a server that listens on another port now. */
const moved = (ticket: TicketFields, { url }: ServerProcess) => ({ url: ticket.url.replace(/^http:\/\/[^/]+/, url) })

/** No byte on the disk without its row, no row without its bytes, nothing held, every sum right. */
async function isTidy (t: Test, storage: string): Promise<void> {
  t.strictSame(await brokenInvariants(storage), [])
}

async function isWhole (t: Test, server: ServerProcess, row: StoredRow, sent: ReadonlyMap<string, SentFile>): Promise<void> {
  const bytes = sent.get(row.name)?.bytes
  if (bytes === undefined) t.fail(`a file that was never sent: ${row.name}`)
  else if (await downloadedSum(server, row) !== sha256(bytes)) t.fail(`${row.name} is not what was sent`)
}

async function downloadedSum ({ url }: ServerProcess, { id }: StoredRow): Promise<string> {
  const response = await fetch(`${url}/pro/dl/${id}`)
  return response.status === 200 ? sha256(Buffer.from(await response.arrayBuffer())) : `status ${response.status}`
}

async function remove ({ url }: Pick<ServerProcess, 'url'>, { id, deleteCode }: Pick<StoredRow, 'id' | 'deleteCode'>): Promise<boolean> {
  const { status } = await fetch(`${url}/delete/${id}/${deleteCode}`, { method: 'POST' })
  return status === 200
}

/** Uploads, and now and then a deletion, until a moment that chance chooses; `removed` tells which ids, and whether that was confirmed. */
async function loadAndKill (server: ServerProcess, sessions: readonly string[], prefix: string): Promise<{ uploads: SentUpload[], removed: Map<string, boolean> }> {
  const removed = new Map<string, boolean>()
  const kill = () => { server.child.kill('SIGKILL') }
  const kind = randomInt(3)
  let bytesLeft = kind === 0 ? drawSize() * randomInt(1, 8) : Infinity
  let answersLeft = kind === 1 ? randomInt(1, 25) : 50
  let stepsLeft = kind === 2 ? randomInt(1, 90) : Infinity
  // A file that appears in or vanishes from this folder is a step of an upload: between the last of them and the row
  // lies the moment that matters most.
  const watcher = watch(join(server.storage, 'incoming'), () => { if (--stepsLeft <= 0) kill() })
  const uploads = await sendUntilGone({
    url: server.url,
    sessions,
    prefix,
    lanes: LANES,
    onSent (bytes) {
      bytesLeft -= bytes
      if (bytesLeft <= 0) kill()
    },
    async onAcknowledged ({ ids }) {
      if (--answersLeft <= 0) kill()
      if (randomInt(6) !== 0) return
      const id = ids[0] ?? ''
      const row = (await readStorage(server.storage)).files.find(row => row.id === id)
      if (row === undefined) return
      removed.set(id, false)
      removed.set(id, await remove(server, row))
    }
  })
  watcher.close()
  await server.end('SIGKILL')
  return { uploads, removed }
}

/** Kills a server that has not yet tidied up, at a step that chance chooses; false when it was ready before. */
async function killAtStart (t: Test, storage: string): Promise<boolean> {
  let stepsLeft = randomInt(1, 12)
  const watchers: Array<{ close (): void }> = []
  try {
    const server = await spawnServer(t, {
      storage,
      onSpawn (child) {
        const countStep = () => { if (--stepsLeft <= 0) child.kill('SIGKILL') }
        watchers.push(watch(storage, countStep))
      }
    })
    await server.end('SIGKILL')
    return false
  } catch {
    return true
  } finally {
    for (const watcher of watchers) watcher.close()
  }
}
