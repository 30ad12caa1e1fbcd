/** `/_emulator/`: a page that shows the state of the emulator through its control calls, and documents these. It loads nothing from other sites. */
import type { ControlCall } from './control-call.ts'
import { writeCalls } from './write-shape.ts'

/** The Content-Security-Policy: the inline style and script, and calls to the same origin. */
export const STATUS_PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** The page, with a table of the calls. */
export const writeStatusPage = (calls: readonly ControlCall[]): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Respace emulator</title>
<style>
:root { color-scheme: light dark; font: 16px/1.4 system-ui, sans-serif }
body { margin: 0 auto; max-width: 72rem; padding: 1rem }
header { align-items: baseline; display: flex; flex-wrap: wrap; gap: .5rem 1.5rem }
h1 { font-size: 1.3rem; margin: 0 }
h2 { font-size: 1.05rem; margin: 1.6rem 0 .4rem }
section { overflow-x: auto }
table { border-collapse: collapse; font-size: .88rem; width: 100% }
th, td { border-bottom: 1px solid #8886; padding: .25rem .8rem .25rem 0; text-align: left; vertical-align: top }
td { overflow-wrap: anywhere }
.none { opacity: .75 }
#problem { color: light-dark(#a40000, #ffa0a0) }
</style>
<header>
  <h1>Respace emulator</h1>
  <span id="health" role="status"></span>
  <label>Server <select id="server"><option value="">main</option></select></label>
  <label id="ask" hidden>Control token <input id="token" type="password" autocomplete="off"></label>
  <a href="/_emulator/v1/openapi.json">OpenAPI</a>
</header>
<p id="problem" role="alert"></p>
<main></main>
<details>
<summary>Control calls</summary>
${tablesOf(calls)}
</details>
<script type="module">
const TABLES = [
  ['Journal', '/journal', body => body.entries.slice(-50).reverse(), {
    time: e => e.at.slice(11, 23), call: e => e.method ?? e.verb + ' ' + e.path, user: e => e.user, status: e => e.response.status, code: e => e.code,
    ms: e => e.ms === null ? '…' : Math.round(e.ms), files: e => e.fileNames.join(', '), fault: e => e.fault, lint: e => e.lint.map(l => l.problem).join('; ')
  }],
  ['Faults', '/faults', body => body, { id: f => f.id, state: f => f.state, hits: f => f.hits, remaining: f => f.remaining ?? 'always', rule: f => JSON.stringify(f.rule) }],
  ['Accounts', '/accounts', body => body, {
    user: a => a.user, plan: a => a.membership.type, ends: a => a.membership.ends?.slice(0, 10), stored: a => size(a.diskspace.used), 'disk left': a => size(a.diskspace.left),
    'bandwidth left': a => size(a.bandwidth.left), sessions: a => limit(a.maxSessions), 'may not': a => Object.keys(a.capabilities).filter(name => !a.capabilities[name]).join(', ')
  }],
  ['Files', '/files', body => body, { id: f => f.id, name: f => f.name, size: f => size(f.size), owner: f => f.owner, downloads: f => f.downloads, 'bytes there': f => f.available ? 'yes' : 'no' }],
  ['Sessions', '/sessions', body => body, { user: s => s.user, 'API version': s => s.version, 'last used': s => s.lastUsedAt.slice(0, 19).replace('T', ' '), state: s => s.expired ? 'expired' : 'open' }],
  ['Mails', '/outbox', body => body.reverse(), { to: m => m.to, subject: m => m.subject, text: m => m.text.slice(0, 200) }]
]
const element = (name, text) => Object.assign(document.createElement(name), { textContent: text ?? '' })
const limit = value => value === -1 ? 'unlimited' : value
const size = bytes => bytes === -1 ? 'unlimited' : bytes < 1024 ? bytes + ' B' : bytes < 1048576 ? (bytes / 1024).toFixed(1) + ' KiB' : (bytes / 1048576).toFixed(1) + ' MiB'
const at = id => document.getElementById(id)

async function ask (path, base = '/_emulator/v1') {
  const token = at('token').value
  const response = await fetch(base + path, token === '' ? {} : { headers: { authorization: 'Bearer ' + token } })
  const body = await response.json()
  if (response.ok) return body
  at('ask').hidden &&= response.status !== 401
  throw new Error(body.detail + ': ' + body.hint)
}

const shown = new Map()
function show ([title, , rowsOf, columns], body) {
  const rows = rowsOf(body)
  const text = JSON.stringify(rows)
  const section = at(title) ?? Object.assign(document.querySelector('main').appendChild(element('section')), { id: title })
  if (shown.get(title) === text) return
  shown.set(title, text)
  section.replaceChildren(element('h2', title + ' (' + rows.length + ')'))
  if (rows.length === 0) return section.append(Object.assign(element('p', 'none'), { className: 'none' }))
  const table = section.appendChild(element('table'))
  const head = table.createTHead().insertRow()
  for (const name of Object.keys(columns)) head.append(Object.assign(element('th', name), { scope: 'col' }))
  const lines = table.createTBody()
  for (const row of rows) {
    const line = lines.insertRow()
    for (const read of Object.values(columns)) line.insertCell().textContent = read(row) ?? ''
  }
}

async function refresh () {
  try {
    const names = (await ask('/sandboxes')).map(({ id }) => id)
    const server = at('server')
    const chosen = server.value
    if ([...server.options].slice(1).map(option => option.value).join() !== names.join()) {
      server.replaceChildren(new Option('main', ''), ...names.map(name => new Option(name, name, false, name === chosen)))
    }
    const base = '/_emulator/v1' + (server.value === '' ? '' : '/sandboxes/' + server.value)
    const { version, now } = await ask('/health', base)
    at('health').textContent = version + ', ' + now.slice(0, 19).replace('T', ' ') + ' UTC'
    for (const table of TABLES) show(table, await ask(table[1], base))
    at('problem').textContent = ''
  } catch (error) {
    at('problem').textContent = error.message
  }
  setTimeout(refresh, document.hidden ? 5000 : 1000)
}
refresh()
</script>
</html>
`

function tablesOf (declared: readonly ControlCall[]): string {
  const { calls, shapes } = writeCalls(declared)
  return table(['Call', 'What it does', 'Body', 'Answer'], calls.map(({ call, about, body, answer }) => [call, about, body, answer])) +
    table(['Shape', 'Members'], shapes)
}

const table = (head: readonly string[], rows: ReadonlyArray<readonly string[]>): string =>
  `<table><thead><tr>${head.map(name => `<th scope="col">${name}</th>`).join('')}</tr></thead><tbody>${rows.map(cells => `<tr>${cells.map(cell => `<td>${escaped(cell)}</td>`).join('')}</tr>`).join('\n')}</tbody></table>`

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
