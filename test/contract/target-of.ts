/** What the kit is told of an emulator, and a plain client beside it. */
import type { Target } from '../../src/contract/target.ts'
import type { RunningEmulator } from '../../src/start-emulator.ts'
import { call, element, logIn, type Params } from '../support/client.ts'

export const knownOf = ({ controlUrl }: Pick<RunningEmulator, 'controlUrl'>): Partial<Target> => ({
  control: controlUrl,
  accounts: { main: { user: 'demo', password: 'demo' }, other: { user: 'lite', password: 'demo' } },
  features: { sharing: true, addressbook: true, mail: true, pages: true, anonymous: true, register: true, proxyMode: true },
  mailTo: 'check{n}@example.org'
})

/** Calls in a session of one account. */
export async function openActor (url: string, user: string): Promise<(method: string, params: Params) => Promise<string>> {
  const key = element(await logIn({ url }, user, 'demo'), 'session_key')
  return (method, params) => call({ url }, method, { session_key: key, ...params })
}
