/** The scenarios that a mutant can change: those with a request or answer that it changes. Only they have to run behind it. */
import { NEEDS_BODY, tryWithoutBody, type MutableAnswer, type MutableRequest, type Mutant } from './mutant.ts'
import type { RecordedExchange, RecordedRun } from './recorded-run.ts'

/** Names of scenarios, sorted; all of `names` if the mutant changes something other than a request or answer, or one that all scenarios share. */
export function touchedScenarios (mutant: Mutant, { exchanges, states }: RecordedRun, names: readonly string[]): readonly string[] {
  if (mutant.proxy !== undefined || mutant.setUp !== undefined) return names
  const touched = new Set(states.filter(({ state }) => mutant.states?.[state] !== undefined).map(({ scenario }) => scenario))
  for (const exchange of exchanges) {
    if (exchange.label === 'clean-up' || exchange.label === 'hello' || (touched.has(exchange.scenario) && exchange.label !== 'setup')) continue
    if (!changes(mutant, exchange)) continue
    if (isShared(exchange)) return names
    touched.add(exchange.scenario)
    // Files, folders and contacts of valid calls are created once for all methods.
    if (isProp(exchange)) for (const name of names) if (name.startsWith('derived/')) touched.add(name)
  }
  return [...touched].filter(name => names.includes(name)).sort()
}

const methodOf = ({ target }: RecordedExchange): string => new URL(target, 'http://mutant').searchParams.get('method')?.toLowerCase() ?? ''

/** One scenario opens the sessions that all scenarios of a version share. */
const isShared = (exchange: RecordedExchange): boolean => exchange.label === 'setup' && /^auth\.(?:createtoken|login)$/.test(methodOf(exchange))

const isProp = (exchange: RecordedExchange): boolean => exchange.scenario.startsWith('derived/') && exchange.scenario.toLowerCase() !== `derived/${methodOf(exchange)}`

/** Copies bodies only for mutants that read them: most use only the path. */
function changes (mutant: Mutant, exchange: RecordedExchange): boolean {
  try {
    return changesRequest(mutant, exchange) || changesAnswer(mutant, exchange)
  } catch {
    return true
  }
}

function changesRequest (mutant: Mutant, exchange: RecordedExchange): boolean {
  if (mutant.request === undefined) return false
  const { method, headers, body } = exchange
  const asked = requestOf(exchange, Buffer.alloc(0))
  const [path, query] = [asked.path, String(asked.query)]
  const isChanged = (request: MutableRequest): boolean =>
    request.path !== path || request.method !== method || String(request.query) !== query || JSON.stringify(request.headers) !== JSON.stringify(headers)
  const tried = tryWithoutBody(asked, request => mutant.request?.(request))
  if (tried !== NEEDS_BODY) return tried !== undefined || isChanged(asked)
  const whole = requestOf(exchange, Buffer.from(body))
  return mutant.request(whole) !== undefined || isChanged(whole) || !whole.body.equals(body)
}

function changesAnswer (mutant: Mutant, exchange: RecordedExchange): boolean {
  if (mutant.answer === undefined) return false
  const { status, headers, body } = exchange.answer
  const answerWith = (content: Buffer): MutableAnswer => ({ status, headers: headers.map(([name, value]) => [name, value]), body: content })
  const isChanged = (answer: MutableAnswer): boolean => answer.status !== status || JSON.stringify(answer.headers) !== JSON.stringify(headers)
  const request = requestOf(exchange, exchange.body)
  const given = answerWith(Buffer.alloc(0))
  if (tryWithoutBody(given, answer => { mutant.answer?.(answer, request) }) !== NEEDS_BODY) return isChanged(given)
  const whole = answerWith(Buffer.from(body))
  mutant.answer(whole, request)
  return isChanged(whole) || !whole.body.equals(body)
}

function requestOf ({ method, target, headers }: RecordedExchange, body: Buffer): MutableRequest {
  const { pathname, searchParams } = new URL(target, 'http://mutant')
  return { method, target, path: pathname, query: searchParams, headers: { ...headers }, body }
}
