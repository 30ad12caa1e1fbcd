/** Downloads that are counted in memory, on a server that is killed: a second of counts may be lost, and no limit is exceeded. */
// Runs on SQLite only.
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openSqlite, type SqliteSql } from '../../src/adapters/database/sqlite.ts'
import { changeUser, findUser } from '../../src/store/accounts/users.ts'
import { addTraffic } from '../../src/store/operations/traffic.ts'
import { attribute, call, errorCode, openSession, uploadFile } from '../support/client.ts'
import { temporaryFolder } from '../support/server.ts'
import { spawnServer, type ServerProcess } from '../support/server-process.ts'
import { until } from '../support/wait-until.ts'

const times = <T>(count: number, work: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: count }, work))

/** How many bytes came; 0 when it was refused. */
async function get ({ url }: ServerProcess, id: string): Promise<number> {
  const answer = await fetch(`${url}/pro/dl/${id}`)
  const { byteLength } = await answer.arrayBuffer()
  return answer.status === 200 ? byteLength : 0
}

function openStored (t: Test, storage: string): SqliteSql {
  const sql = openSqlite(join(storage, 'respace.sqlite'))
  t.teardown(() => sql.close())
  return sql
}

t.test('what was written before the last second stays, nothing is counted twice, and a limit that was set counts all that came before it', async t => {
  const storage = await temporaryFolder(t)
  let server = await spawnServer(t, { storage })
  const key = await openSession(server)
  const [free, limited] = [await uploadFile(server, key, 'free.bin', 'abc'), await uploadFile(server, key, 'limited.bin', 'abc')]
  const sql = openStored(t, storage)
  const stored = async () => Number((await sql.get('select downloads from files where id = $id', { id: free }))?.downloads)
  let [known, sent] = [0, 0]
  for (let round = 0; round < 3; round++) {
    const before = await stored()
    await times(20, () => get(server, free))
    await until('they are written without anybody asking', async () => await stored() === before + 20)
    known = before + 20
    sent += 20
    await times(20, () => get(server, free))
    sent += 20
    if (round === 2) {
      await times(7, () => get(server, limited))
      t.equal(errorCode(await call(server, 'files.setInfo', { session_key: key, file_id: limited, downloads_limit: 10 })), 0)
    }
    await server.end('SIGKILL')
    server = await spawnServer(t, { storage })
    t.ok(await stored() >= known && await stored() <= sent, `${known} ≤ ${await stored()} ≤ ${sent}`)
  }
  const given = (await times(12, () => get(server, limited))).filter(bytes => bytes > 0).length
  t.equal(given, 3)
  t.equal(Number(attribute(await call(server, 'files.getInfo', { session_key: key, file_id: limited }), 'downloads')), 10)
})

for (const lanes of [1, 10]) {
  t.test(`an account never gets more than its bandwidth, by ${lanes} downloads at a time`, async t => {
    const storage = await temporaryFolder(t)
    let server = await spawnServer(t, { storage })
    const key = await openSession(server)
    const [small, large] = [await uploadFile(server, key, 'small.bin', Buffer.alloc(25)), await uploadFile(server, key, 'large.bin', Buffer.alloc(1000))]
    const sql = openStored(t, storage)
    const user = await findUser(sql, 'alice')
    if (user === undefined) throw new Error('alice is not there')
    const [limit, block, kills] = [51_200, 200, 3]
    await changeUser(sql, user, { bandwidthLimit: limit })
    let given = 20_000
    await addTraffic(sql, user.id, given, Date.now())
    for (let kill = 0; kill < kills; kill++) {
      for (let i = 0; i < 50; i += lanes) for (const bytes of await times(lanes, () => get(server, small))) given += bytes
      await server.end('SIGKILL')
      server = await spawnServer(t, { storage })
    }
    for (const id of [large, small]) {
      let bytes
      do {
        bytes = await get(server, id)
        given += bytes
      } while (bytes > 0)
    }
    t.ok(given <= limit, `${given} of ${limit}`)
    // Downloads that begin together may each reserve a block.
    if (lanes === 1) t.ok(given > limit - kills * block - 25, 'all but a block for each kill')
  })
}
