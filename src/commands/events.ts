import type { Config } from '../config.ts'
import { listEvents, type ListedEvent } from '../store/operations/events.ts'
import { withPorts } from './user.ts'

const PAGE = 1000

/** Prints the security log, the oldest first, each event as a line of JSON for log collectors. */
export async function printEvents (config: Config): Promise<void> {
  await withPorts(config, async ({ sql }) => {
    const events: ListedEvent[] = []
    let page: ListedEvent[]
    do {
      page = await listEvents(sql, events.at(-1), PAGE)
      events.push(...page)
    } while (page.length === PAGE)
    // Not to standard output, where JSON is expected.
    if (events.length === 0) process.stderr.write('the security log is empty\n')
    for (const { id, happenedAt, ...event } of events.reverse()) process.stdout.write(JSON.stringify({ time: new Date(happenedAt).toISOString(), id, ...event }) + '\n')
  })
}
