/** Names of browsers in the list of sessions. */
// Runs on SQLite only.
import t from 'tap'
import { browserOf } from '../../src/domain/accounts/browser-name.ts'
import { register } from '../support/client.ts'
import { startServer } from '../support/server.ts'

const APPLE = 'AppleWebKit/605.1.15 (KHTML, like Gecko)'
const CHROME = 'AppleWebKit/537.36 (KHTML, like Gecko)'

/** As these browsers send them. */
const AGENTS: ReadonlyArray<readonly [string, string, string]> = [
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME} Chrome/131.0.0.0 Safari/537.36`, 'Chrome', 'Windows'],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.2903.86`, 'Edge', 'Windows'],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME} Chrome/130.0.0.0 Safari/537.36 OPR/115.0.0.0`, 'Opera', 'Windows'],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME} Chrome/128.0.0.0 Safari/537.36 Vivaldi/6.9.3447.37`, 'Vivaldi', 'Windows'],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME} Chrome/128.0.0.0 YaBrowser/24.10.0.0 Safari/537.36`, 'Yandex Browser', 'Windows'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0', 'Firefox', 'Windows'],
  ['Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko', 'Internet Explorer', 'Windows'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', 'Firefox', 'Linux'],
  [`Mozilla/5.0 (X11; Linux x86_64) ${CHROME} Chrome/131.0.0.0 Safari/537.36`, 'Chrome', 'Linux'],
  [`Mozilla/5.0 (X11; Linux x86_64) ${CHROME} HeadlessChrome/131.0.0.0 Safari/537.36`, 'Chrome (headless)', 'Linux'],
  [`Mozilla/5.0 (X11; Linux x86_64) ${APPLE} Version/17.0 Safari/605.1.15 Epiphany/605.1.15`, 'GNOME Web', 'Linux'],
  [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${CHROME} Chrome/131.0.0.0 Safari/537.36`, 'Chrome', 'ChromeOS'],
  [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${APPLE} Version/18.1 Safari/605.1.15`, 'Safari', 'macOS'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:133.0) Gecko/20100101 Firefox/133.0', 'Firefox', 'macOS'],
  [`Mozilla/5.0 (iPhone; CPU iPhone OS 18_1_1 like Mac OS X) ${APPLE} Version/18.1.1 Mobile/15E148 Safari/604.1`, 'Safari', 'iPhone'],
  [`Mozilla/5.0 (iPhone; CPU iPhone OS 17_7 like Mac OS X) ${APPLE} CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1`, 'Chrome', 'iPhone'],
  [`Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) ${APPLE} FxiOS/133.0 Mobile/15E148 Safari/605.1.15`, 'Firefox', 'iPad'],
  [`Mozilla/5.0 (iPhone; CPU iPhone OS 17_7 like Mac OS X) ${APPLE} Version/17.0 EdgiOS/130.0.2849.80 Mobile/15E148 Safari/604.1`, 'Edge', 'iPhone'],
  [`Mozilla/5.0 (Linux; Android 14; Pixel 8) ${CHROME} Chrome/131.0.0.0 Mobile Safari/537.36`, 'Chrome', 'Android'],
  [`Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S921B) ${CHROME} SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36`, 'Samsung Internet', 'Android'],
  ['Mozilla/5.0 (Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0', 'Firefox', 'Android'],
  [`Mozilla/5.0 (Linux; Android 10; K) ${CHROME} Chrome/131.0.0.0 Mobile Safari/537.36 EdgA/130.0.0.0`, 'Edge', 'Android'],
  ['Mozilla/5.0 (X11; FreeBSD amd64; rv:130.0) Gecko/20100101 Firefox/130.0', 'Firefox', 'BSD'],
  ['curl/8.5.0', 'curl', ''],
  ['my-tool', '', ''],
  ['', '', '']
]

t.test('browsers and systems have the names that people know', async t => {
  for (const [agent, browser, system] of AGENTS) t.strictSame(browserOf(agent), { browser, system }, agent)
  t.ok(AGENTS.length >= 20)
})

t.test('the list of sessions has them, and what is no browser by its own words', async t => {
  const server = await startServer(t)
  await register(server)
  const logIn = async (agent: string) => (await fetch(`${server.url}/login`, {
    method: 'POST', body: new URLSearchParams({ user_name: 'alice', password: 'secret1' }), headers: { 'user-agent': agent }, redirect: 'manual'
  })).headers.get('set-cookie')?.split(';')[0] ?? ''
  const agents = [AGENTS[5]?.[0] ?? '', 'my-tool <1>', 'curl/8.5.0']
  const cookies = []
  for (const agent of agents) cookies.push(await logIn(agent))
  const page = await (await fetch(`${server.url}/account?tab=security`, { headers: { cookie: cookies[0] ?? '' } })).text()
  t.match(page, `<span title="${agents[0]}">Firefox on Windows</span>`)
  t.match(page, '>my-tool &lt;1&gt;</span>')
  t.match(page, '>curl</span>')
})
