/** Deleting a folder with very many files: how long others wait meanwhile. */
import { join } from 'node:path'
import { openDatabase } from '../../src/adapters/database/open-database.ts'
import { recountTotals } from '../../src/store/files/file-totals.ts'
import { attribute, call, element, errorCode, logIn } from '../../test/support/client.ts'
import type { Figure } from './figure.ts'
import { serveFilled } from './filled-storage.ts'
import { longestWaitDuring } from './longest-wait.ts'
import { median } from './rounds.ts'

const FILES = 100_000
const ROUNDS = 3

export async function measureLargeTree (folder: string): Promise<Figure[]> {
  const waits: number[] = []
  let seconds = 0
  for (let round = 0; round < ROUNDS; round++) {
    const respace = await serveFilled(join(folder, `storage-of-large-tree-${round}`), FILES, 1)
    const sessionKey = element(await logIn(respace, 'alice', 'secret1', '1.2'), 'session_key')
    const folderId = attribute(await call(respace, 'folders.create', { session_key: sessionKey, name: 'large' }), 'id')
    const db = openDatabase(join(respace.storage, 'respace.sqlite'))
    db.prepare('update files set folder_id = $folderId').run({ folderId })
    for (const { sql } of recountTotals()) db.prepare(sql).run()
    db.prepare('update users set bytes_stored = (select sum(size) from files)').run()
    waits.push(await longestWaitDuring(folder, `${respace.url}/rest/?method=auth.checkSession&session_key=${sessionKey}`, async () => {
      const began = performance.now()
      const code = errorCode(await call(respace, 'folders.delete', { session_key: sessionKey, folder_id: folderId }))
      seconds = (performance.now() - began) / 1000
      if (code !== 0) throw new Error(`folders.delete was answered with ${code}`)
    }))
    const left = db.prepare('select count(*) from files').pluck().get()
    if (left !== 0) throw new Error(`${String(left)} files are left`)
    db.close()
    await respace.stop()
  }
  return [{
    work: 'longest wait of others while a folder of 100,000 files is deleted',
    ours: `${median(waits).toFixed(1)} ms, it takes ${seconds.toFixed(1)} s`,
    theirs: '',
    value: median(waits),
    target: { atMost: 100, unit: 'ms' }
  }]
}
