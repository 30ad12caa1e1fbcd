/** The program of the thread that writes to SQLite files: syncing a disk takes milliseconds, in which the other thread answers requests. */
import { parentPort } from 'node:worker_threads'
import Database from 'better-sqlite3'
import { keepSpace } from '../storage/kept-space.ts'
import { openConnection, type SqliteConnection } from './sqlite-connection.ts'
import type { Answer, Order } from './sqlite-writer.ts'
import { writeTogether, type Outcome } from './sqlite-writes.ts'

const connections = new Map<number, SqliteConnection>()

parentPort?.on('message', (order: Order) => {
  parentPort?.postMessage({ id: order.id, outcomes: carryOut(order).map(portable) } satisfies Answer)
})

function carryOut ({ file: { id, path, keptIn }, writes }: Order): readonly Outcome[] {
  if (writes === undefined) {
    connections.get(id)?.db.close()
    connections.delete(id)
    return []
  }
  try {
    const connection = connections.get(id) ?? openConnection(path, keptIn === undefined ? undefined : keepSpace(keptIn))
    connections.set(id, connection)
    connection.checkRoom()
    return writeTogether(connection, writes)
  } catch (error) {
    return writes.map(() => ({ error }))
  }
}

/** Copied to the other thread, an error of SQLite would lose its code. */
const portable = (outcome: Outcome): Answer['outcomes'][number] =>
  'error' in outcome && outcome.error instanceof Database.SqliteError ? { sqlite: { message: outcome.error.message, code: outcome.error.code } } : outcome
