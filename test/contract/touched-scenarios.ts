/** Which scenarios a mutant can change at all: those of which it changes a request or an answer. Only they have to be played behind it. */
import type { MutableAnswer, MutableRequest, Mutant } from './mutant.ts'
import type { RecordedExchange, RecordedRun } from './recorded-run.ts'

/** Names of scenarios, sorted; all of `names` when what a mutant changes is no single request or answer, or one that all scenarios share. */
export function touchedScenarios (mutant: Mutant, { exchanges, states }: RecordedRun, names: readonly string[]): readonly string[] {
  if (mutant.proxy !== undefined || mutant.setUp !== undefined) return names
  const touched = new Set(states.filter(({ state }) => mutant.states?.[state] !== undefined).map(({ scenario }) => scenario))
  for (const exchange of exchanges) {
    if (exchange.label === 'clean-up' || exchange.label === 'hello' || (touched.has(exchange.scenario) && exchange.label !== 'setup')) continue
    if (!changes(mutant, exchange)) continue
    if (isShared(exchange)) return names
    touched.add(exchange.scenario)
    // Files, folders and contacts of good calls are made once for all methods.
    if (isProp(exchange)) for (const name of names) if (name.startsWith('derived/')) touched.add(name)
  }
  return [...touched].filter(name => names.includes(name)).sort()
}

const methodOf = ({ target }: RecordedExchange): string => new URL(target, 'http://mutant').searchParams.get('method')?.toLowerCase() ?? ''

/** Sessions that all scenarios of a version share are opened by one of them. */
const isShared = (exchange: RecordedExchange): boolean => exchange.label === 'setup' && /^auth\.(?:createtoken|login)$/.test(methodOf(exchange))

const isProp = (exchange: RecordedExchange): boolean => exchange.scenario.startsWith('derived/') && exchange.scenario.toLowerCase() !== `derived/${methodOf(exchange)}`

function changes (mutant: Mutant, { method, target, headers, body, answer }: RecordedExchange): boolean {
  const { pathname, searchParams } = new URL(target, 'http://mutant')
  const request: MutableRequest = { method, target, path: pathname, query: searchParams, headers: { ...headers }, body: Buffer.from(body) }
  try {
    if (mutant.request !== undefined) {
      const query = String(searchParams)
      const own = mutant.request(request)
      if (own !== undefined || request.path !== pathname || request.method !== method || String(request.query) !== query || !request.body.equals(body) || JSON.stringify(request.headers) !== JSON.stringify(headers)) return true
    }
    if (mutant.answer === undefined) return false
    const given: MutableAnswer = { status: answer.status, headers: answer.headers.map(([name, value]) => [name, value]), body: Buffer.from(answer.body) }
    mutant.answer(given, request)
    return given.status !== answer.status || !given.body.equals(answer.body) || JSON.stringify(given.headers) !== JSON.stringify(answer.headers)
  } catch {
    return true
  }
}
