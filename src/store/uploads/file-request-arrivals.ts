/** Files received by a file request, until its owner has a mail about them. */
import { CLOCK_SLACK } from '../../domain/clock-slack.ts'
import type { Sql, SqlRow, Statement } from '../../ports.ts'
import { listOf, numberOf, textOf } from '../sql.ts'

export interface Arrival {
  readonly ownerId: number
  /** Of the request. */
  readonly title: string
  /** One mail reports all files of one visit. */
  readonly visit: string
  /** The address for links when no better one is known. */
  readonly publicUrl: string
  /** When the mail is due; later if more files of the visit arrive. */
  readonly dueAt: number
}

/** The files of one visit whose mail is due. */
export interface DueVisit extends Omit<Arrival, 'dueAt' | 'visit'> {
  readonly fileIds: readonly string[]
}

/** Files per mail; for more there are several mails. */
const MAX_IN_MAIL = 500

/** Part of the transaction in which an upload becomes files. */
export const addArrival = (fileId: string, arrival: Arrival): Statement => ({
  sql: `insert into request_arrivals (file_id, owner_id, title, visit, public_url, due_at)
        values ($fileId, $ownerId, $title, $visit, $publicUrl, $dueAt)`,
  params: { fileId, ...arrival }
})

/** The sender says that the visit is complete. */
export async function endVisit (sql: Sql, visit: string, now: number): Promise<void> {
  await sql.run('update request_arrivals set due_at = $now where visit = $visit and due_at > $now', { visit, now })
}

/** The visit that has been due the longest. */
export async function findDueVisit (sql: Sql, now: number): Promise<DueVisit | undefined> {
  const due = await sql.get('select visit from request_arrivals group by visit having max(due_at) <= $now or max(due_at) > $ahead order by max(due_at), visit limit 1',
    { now, ahead: now + CLOCK_SLACK })
  if (due === undefined) return undefined
  const rows = await sql.all(`
    select file_id, owner_id, title, public_url from request_arrivals where visit = $visit order by file_id limit ${MAX_IN_MAIL}`, { visit: textOf(due, 'visit') })
  const [first] = rows
  // Another process may have sent it meanwhile.
  return first && toVisit(first, rows.map(row => textOf(row, 'file_id')))
}

/** For a batch, which is rolled back when they are already deleted. */
export function takeArrivals (fileIds: readonly string[]): Statement {
  const list = listOf('id', fileIds)
  return { sql: `delete from request_arrivals where file_id in ${list.sql}`, params: list.params, must: true }
}

const toVisit = (row: SqlRow, fileIds: readonly string[]): DueVisit =>
  ({ ownerId: numberOf(row, 'owner_id'), title: textOf(row, 'title'), publicUrl: textOf(row, 'public_url'), fileIds })
