/**
 * A server that kills itself at a chosen step of an upload, as no signal from outside can be timed:
 * `crash-at-step.ts STORAGE STEP`. Everything in it is real; it only dies.
 */
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createApp } from '../../src/app.ts'
import { openDiskBlobs } from '../../src/adapters/blobs/disk.ts'
import { openSqlite } from '../../src/adapters/database/sqlite.ts'
import { readConfig } from '../../src/config.ts'
import type { Blobs, Sql } from '../../src/ports.ts'

export const STEPS = ['created', 'written', 'finished', 'kept', 'committing', 'committed'] as const
export type Step = typeof STEPS[number]

const [storage = '', step = ''] = process.argv.slice(2)

function reach (reached: Step): void {
  if (reached === step) process.kill(process.pid, 'SIGKILL')
}

function mortalBlobs (blobs: Blobs): Blobs {
  return {
    ...blobs,
    async create (id) {
      const writer = await blobs.create(id)
      reach('created')
      return {
        ...writer,
        write (bytes) {
          const done = writer.write(bytes)
          reach('written')
          return done
        },
        async finish () {
          const result = await writer.finish()
          reach('finished')
          return result
        },
        async keep () {
          await writer.keep()
          reach('kept')
        }
      }
    }
  }
}

function mortalSql (sql: Sql): Sql {
  return {
    ...sql,
    async batch (statements) {
      const isCommit = statements.some(statement => statement.sql.includes('insert into files'))
      const done = sql.batch(statements)
      if (isCommit) reach('committing')
      const written = await done
      if (isCommit) reach('committed')
      return written
    }
  }
}

if (storage !== '') {
  const config = readConfig({ storage, port: '0', logLevel: 'error' }, {})
  const sql = openSqlite(join(storage, 'respace.sqlite'))
  const app = await createApp(config, { blobs: mortalBlobs(await openDiskBlobs(storage)), sql: mortalSql(sql) })
  const readyFile = join(storage, 'ready.json')
  await writeFile(`${readyFile}.new`, JSON.stringify({ url: (await app.listen())[0] }))
  await rename(`${readyFile}.new`, readyFile)
  process.stdout.write('Respace is ready.\n')
}
