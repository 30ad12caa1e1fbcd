/** Alert rules, the dashboard and the page of the documentation speak of metrics that exist, and of all of them. */
// Runs on SQLite only.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { startServer } from '../support/server.ts'
import { openSession, uploadFile } from '../support/client.ts'

const DOCS = join(import.meta.dirname, '../../docs')
const TOKEN = 'a-token-of-enough-length'

const namesIn = (text: string): Set<string> => new Set([...text.matchAll(/\b(?:respace|process|nodejs)_[a-z0-9_]+/g)].map(([name]) => name.replace(/_(?:bucket|sum|count)$/, '')))

/** Only with a backup, and only on PostgreSQL. */
const OTHERS = ['respace_backup_timestamp_seconds', 'respace_database_connections']

async function metricNames (t: Parameters<typeof startServer>[0]): Promise<Set<string>> {
  const server = await startServer(t, { settings: { metricsToken: TOKEN } })
  await uploadFile(server, await openSession(server), 'a.txt', 'a')
  const text = await (await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } })).text()
  return new Set([...[...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name), ...OTHERS])
}

interface Rule { readonly alert: string, readonly expr: string, readonly labels: { severity: string }, readonly annotations: { summary: string, description: string } }

t.test('alert rules name metrics that exist, and say what is wrong and what to do', async t => {
  const names = await metricNames(t)
  const { groups: [group] } = parse(readFileSync(join(DOCS, 'monitoring/alerts.yml'), 'utf8')) as { groups: [{ rules: Rule[] }] }
  t.ok(group.rules.length > 10)
  for (const { alert, expr, labels, annotations } of group.rules) {
    const named = [...namesIn(expr)]
    // Prometheus has a metric of its own for a server that does not answer.
    t.ok(named.length > 0 || /\bup\b/.test(expr), alert)
    for (const name of named) t.ok(names.has(name), `${alert}: ${name}`)
    t.match(labels.severity, /^(?:warning|critical)$/, alert)
    t.ok(annotations.summary.length > 10 && annotations.description.length > 10, alert)
    t.match(annotations.summary, /\$labels\.instance/, `${alert} says where`)
  }
  t.equal(new Set(group.rules.map(({ alert }) => alert)).size, group.rules.length)
})

t.test('every panel of the dashboard shows metrics that exist, and none covers another', async t => {
  const names = await metricNames(t)
  interface Panel { readonly title: string, readonly gridPos: { x: number, y: number, w: number, h: number }, readonly targets: ReadonlyArray<{ expr: string }> }
  const { panels } = JSON.parse(readFileSync(join(DOCS, 'monitoring/dashboard.json'), 'utf8')) as { panels: readonly Panel[] }
  t.ok(panels.length > 10)
  const taken = new Set<string>()
  for (const { title, gridPos: { x, y, w, h }, targets } of panels) {
    t.ok(targets.length > 0, title)
    for (const { expr } of targets) {
      const named = [...namesIn(expr)]
      t.ok(named.length > 0, title)
      for (const name of named) t.ok(names.has(name), `${title}: ${name}`)
    }
    t.ok(x + w <= 24, title)
    for (let column = x; column < x + w; column++) {
      for (let row = y; row < y + h; row++) {
        const cell = `${column} ${row}`
        if (taken.has(cell)) t.fail(`${title} covers another at ${cell}`)
        taken.add(cell)
      }
    }
  }
})

t.test('the documentation has every metric of ours, and none that does not exist', async t => {
  const names = await metricNames(t)
  const [, section = ''] = /^## Watching it$([^]*?)^## /m.exec(readFileSync(join(DOCS, 'operations.md'), 'utf8')) ?? []
  const documented = new Set([...namesIn(section)].filter(name => name.startsWith('respace_')))
  t.strictSame([...documented].sort(), [...names].filter(name => name.startsWith('respace_')).sort())
})
