/** The target file of an emulator, and a plain client for it. */
import { check, type CheckOptions, type CheckReport, type CheckResult } from '../../src/check-contract.ts'
import type { Target } from '../../src/contract/target/target-file.ts'
import type { RunningEmulator } from '../../src/start-emulator.ts'
import { call, element, logIn, type Params } from '../support/client.ts'

export const knownOf = ({ controlUrl }: Pick<RunningEmulator, 'controlUrl'>): Partial<Target> => ({
  control: controlUrl,
  accounts: { main: { user: 'demo', password: 'demo' }, other: { user: 'lite', password: 'demo' } },
  features: { sharing: true, addressbook: true, mail: true, pages: true, anonymous: true, register: true, proxyMode: true },
  mailTo: 'check{n}@example.org'
})

/** Unexpected verdicts of a run that are confirmed by running their checks again alone: a busy machine is not a fault of the server. */
export async function confirmedProblems (options: CheckOptions, { results }: CheckReport, isProblem: (result: CheckResult) => boolean): Promise<readonly string[]> {
  const first = results.checks.filter(isProblem).map(({ check: { id } }) => id)
  if (first.length === 0) return []
  const again = (await check({ ...options, only: first })).results.checks.filter(result => first.includes(result.check.id) && isProblem(result))
  return again.map(({ check: { id }, verdict, judgements }) => `${id} is ${verdict}: ${judgements.find(judgement => judgement.verdict === verdict)?.got ?? ''}`)
}

/** Calls in a session of one account. */
export async function openActor (url: string, user: string): Promise<(method: string, params: Params) => Promise<string>> {
  const key = element(await logIn({ url }, user, 'demo'), 'session_key')
  return (method, params) => call({ url }, method, { session_key: key, ...params })
}
