/** The same calls with metadata in PostgreSQL and in SQLite. */
import { dirname, join } from 'node:path'
import { startCluster } from '../../test/support/cluster.ts'
import { compareCalls, FEW } from './calls.ts'
import { ratioFigure, type Figure } from './figure.ts'
import { serveFilled } from './filled-storage.ts'
import { mixedLoadOn } from './mixed-load.ts'
import { serve } from './respace.ts'
import { compare, type Compared } from './rounds.ts'
import { withServices } from './services.ts'

const ROUNDS = 5

/** Both sync before they acknowledge, and both have their data in memory. */
export function measurePostgres (folder: string): Promise<Figure[]> {
  return withServices(async services => {
    const cluster = await startCluster(dirname(folder))
    services.teardown(cluster.remove)
    for (const name of ['calls', 'mixed']) cluster.create(name)

    const filled = await serveFilled(join(folder, 'storage-of-postgres-calls'), FEW, FEW, { RESPACE_DATABASE: cluster.url('calls') })
    const filledSqlite = await serveFilled(join(folder, 'storage-of-sqlite-calls'), FEW, FEW)
    const calls = await compareCalls(folder, filled.calls, filledSqlite.calls)
    await filled.stop()
    await filledSqlite.stop()

    const postgres = await serve(join(folder, 'storage-of-postgres'), { RESPACE_DATABASE: cluster.url('mixed') })
    const sqlite = await serve(join(folder, 'storage-of-sqlite'))
    const [onPostgres, onSqlite] = [await mixedLoadOn(postgres), await mixedLoadOn(sqlite)]
    await compare(1, onPostgres, onSqlite)
    const mixed = await compare(ROUNDS, onPostgres, onSqlite)
    await postgres.stop()
    await sqlite.stop()
    return [figureOf('files.getInfo', calls), figureOf('all methods mixed, with uploads,', mixed)]
  })
}

const figureOf = (work: string, compared: Compared): Figure => ratioFigure(`${work} on PostgreSQL ÷ on SQLite`, '/s', compared)
