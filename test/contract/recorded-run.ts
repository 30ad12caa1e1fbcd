/** A run without mutants, as a proxy sees it: the requests, answers and states of each scenario. */
import { createServer, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { allScenarios } from '../../src/contract/all-scenarios.ts'
import type { State } from '../../src/contract/check.ts'
import { readContract } from '../../src/contract/law/contract-file.ts'
import { run } from '../../src/contract/run/run.ts'
import type { Scenario } from '../../src/contract/scenario.ts'
import { readTarget } from '../../src/contract/target/target-file.ts'
import { startEmulator } from '../../src/start-emulator.ts'
import type { MutableAnswer } from './mutant.ts'
import { knownOf } from './target-of.ts'

export interface RecordedExchange {
  /** The name of the scenario that ran. */
  readonly scenario: string
  /** The value of `X-Respace-Check`: a check, a scenario, `setup` or `clean-up`. */
  readonly label: string
  readonly method: string
  /** The request target. */
  readonly target: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
  readonly answer: MutableAnswer
}

export interface RecordedRun {
  readonly exchanges: readonly RecordedExchange[]
  readonly states: ReadonlyArray<{ readonly scenario: string, readonly state: State }>
}

/** Runs every scenario in every version in sequence, on a separate emulator. Takes about a minute of one core. */
export async function recordRun (): Promise<RecordedRun> {
  const emulator = await startEmulator({ seed: 'demo' })
  let current = ''
  const taps: Tap[] = []
  const states: Array<{ scenario: string, state: State }> = []
  const server = createServer((request, response) => {
    const { hostname, port, host } = new URL(emulator.url)
    const tap: Tap = { scenario: current, label: String(request.headers['x-respace-check'] ?? ''), method: request.method ?? 'GET', target: request.url ?? '/', headers: request.headers, sent: [], status: 0, answered: [], got: [] }
    taps.push(tap)
    request.on('data', (chunk: Buffer) => { tap.sent.push(chunk) })
    const forwarded = send({ hostname, port, method: request.method, path: request.url?.replace(/^http:\/\/[^/]+/, `http://${host}`), headers: request.headers, agent: false }, answer => {
      const headers = answer.rawHeaders.flatMap((name, i) => i % 2 === 0 ? [[name, answer.rawHeaders[i + 1] ?? ''] as [string, string]] : [])
      tap.status = answer.statusCode ?? 0
      tap.answered = headers
      answer.on('data', (chunk: Buffer) => { tap.got.push(chunk) })
      response.writeHead(tap.status, headers.filter(([name]) => !/^(?:connection|keep-alive)$/i.test(name)).flat())
      answer.on('error', () => { response.destroy() }).pipe(response)
    })
    forwarded.on('error', () => { response.destroy() })
    request.on('error', () => { forwarded.destroy() }).pipe(forwarded)
    response.on('close', () => { if (!response.writableFinished) forwarded.destroy() })
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  try {
    const contract = readContract()
    const target = await readTarget(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, undefined, {}, knownOf(emulator))
    const inTurn = createTurns()
    const scenarios = allScenarios(contract).map((scenario): Scenario => ({
      ...scenario,
      play: stage => inTurn(async () => {
        current = scenario.name
        await scenario.play({
          ...stage,
          inState: (state, ...rest) => {
            states.push({ scenario: scenario.name, state })
            return stage.inState(state, ...rest)
          }
        })
      })
    }))
    await run(target, contract, scenarios, { profile: 'respace', only: [], isStrict: false })
  } finally {
    server.closeAllConnections()
    server.close()
    await emulator.close({ unfired: 'ignore' })
  }
  const exchanges = taps.map(({ scenario, label, method, target, headers, sent, status, answered, got }) =>
    ({ scenario, label, method, target, headers, body: Buffer.concat(sent), answer: { status, headers: answered, body: Buffer.concat(got) } }))
  return { exchanges, states }
}

interface Tap {
  readonly scenario: string
  readonly label: string
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly sent: Buffer[]
  readonly got: Buffer[]
  status: number
  answered: Array<[string, string]>
}

function createTurns (): (work: () => Promise<void>) => Promise<void> {
  let last: Promise<unknown> = Promise.resolve()
  return work => {
    const turn = last.then(work)
    last = turn.catch(() => undefined)
    return turn
  }
}
