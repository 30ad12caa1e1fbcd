/** Judges the order of checks of every method with pairs of faults that can occur in the same call. */
import type { MethodDescription } from '../../api/contract-format.ts'
import type { Actor } from '../run/actor.ts'
import { declare, type State } from '../check.ts'
import type { Scenario } from '../scenario.ts'
import { Untested } from '../check-problems.ts'
import { readReply, summaryOf, type Reply } from '../client/reply.ts'
import { secureEndpoint } from '../steps/https.ts'
import type { Stage } from '../run/stage.ts'
import { SERVER_STATES } from '../run/states.ts'
import { tokenedPassword } from '../run/run-context.ts'
import { describeFault, excludes, orderTable, paramsWith, type Fault, type OrderThings } from './order.ts'

/** Runs alone, because half of the states are those of the whole server. */
export const orderScenario = (methods: readonly MethodDescription[]): Scenario => ({
  name: 'derived/order',
  needs: ['account'],
  isAlone: true,
  checks: methods.map(({ name, since }) => declare(`${name}/order`, 'should', 'choice', 'of two faults, the one that is checked first is reported', { since })),
  async play (stage) {
    const things = await thingsOf(stage, await stage.ownSession())
    const told = new Map<string, number>()
    await playPairs(stage, things, undefined, told)
    for (const state of statesOf(things)) {
      try {
        if (SERVER_STATES.has(state)) await stage.inState(state, () => playPairs(stage, things, state, told))
        else await playAccountState(stage, state, told)
      } catch (error) {
        // Pairs with a state that cannot be set up are left out.
        if (!(error instanceof Untested)) throw error
      }
    }
  }
})

async function playAccountState (stage: Stage, state: State, told: Map<string, number>): Promise<void> {
  let things: OrderThings | undefined
  await stage.inState(state, async () => {
    if (things !== undefined) await playPairs(stage, things, state, told)
  }, async account => { things = await thingsOf(stage, await stage.ownSession(account)) })
}

const statesOf = (things: OrderThings): readonly State[] =>
  [...new Set(Object.values(orderTable(things)).flatMap(([, faults]) => faults.flatMap(({ state }) => state ?? [])))]

/**
 * All pairs with exactly one fault of this state; without one, all pairs without a state. `told` maps a method and the index of a fault to the
 * code it gets alone. A fault that is not reported alone shows nothing about the order; other checks judge it.
 */
async function playPairs (stage: Stage, things: OrderThings, state: State | undefined, told: Map<string, number>): Promise<void> {
  const table = Object.entries(orderTable(things)).filter(([method]) => isKnown(stage, method))
  await Promise.all(table.map(async ([method, [valid, all]]) => {
    await Promise.all(all.map(async (fault, i) => {
      if (isPlayed(fault, state, stage) && fault.state === state) told.set(`${method} ${i}`, (await send(stage, method, valid, [fault])).code)
    }))
    const faults = all.filter((fault, i) => isPlayed(fault, state, stage) && told.get(`${method} ${i}`) === fault.code)
    const pairs = pairsOf(faults, method, stage).filter(pair => state === undefined || pair.some(fault => fault.state === state))
    const replies = await Promise.all(pairs.map(pair => send(stage, method, valid, pair)))
    const wrong = pairs.findIndex(([fault], i) => replies[i]?.code !== fault.code)
    const [fault, later] = pairs[wrong] ?? []
    const reply = replies[wrong] ?? replies[0]
    if (reply === undefined) {
      if (state === undefined) stage.leave(`${method}/order`, 'no two faults are reported when each is alone')
      return
    }
    stage.judge(`${method}/order`, fault === undefined || later === undefined, {
      expected: fault === undefined || later === undefined ? 'the earlier one of each pair' : `${describeFault(fault)} before ${describeFault(later)}`,
      got: fault === undefined ? `${pairs.length} pairs` : summaryOf(reply),
      on: reply
    })
  }))
}

/** All pairs in the first version that knows the method; in later versions, which differ little, each fault with the next possible one. */
function pairsOf (faults: readonly Fault[], method: string, { version, context: { contract, target } }: Stage): ReadonlyArray<readonly [Fault, Fault]> {
  const since = contract.methods.find(({ name }) => name === method)?.since ?? version
  const isWhole = version === target.versions.find(each => each >= since)
  return faults.flatMap((fault, i) => {
    const later = faults.slice(i + 1).filter(each => !excludes(fault, each)).map(each => [fault, each] as const)
    return isWhole ? later : later.slice(0, 1)
  })
}

function isPlayed ({ state: wanted, until, isHttps }: Fault, state: State | undefined, { version, context }: Stage): boolean {
  if (until !== undefined && version >= until) return false
  if (isHttps === true && secureEndpoint(context) === undefined) return false
  return wanted === undefined || wanted === state
}

const isKnown = ({ version, context }: Stage, method: string): boolean =>
  context.contract.methods.some(({ name, since }) => name === method && version >= since)

async function send (stage: Stage, method: string, valid: Readonly<Record<string, string | undefined>>, faults: readonly Fault[]): Promise<Reply> {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(paramsWith(method, valid, faults))) if (value !== undefined) query.append(name, value)
  const { rest, headers } = (faults.some(({ isHttps }) => isHttps) ? secureEndpoint(stage.context) : undefined) ?? { rest: stage.context.target.rest, headers: [] }
  return readReply(await stage.send({ url: `${rest}?${query}`, headers }))
}

/** Created before the state is set, because the state may forbid creating them. */
async function thingsOf (stage: Stage, actor: Actor): Promise<OrderThings> {
  const { target } = stage.context
  const token = await stage.context.newToken(stage.version)
  const folder = await actor.folder()
  return {
    apiKey: target.apiKey,
    version: stage.version,
    session: actor.key,
    token,
    user: actor.account.user,
    proof: tokenedPassword(token, actor.account.password),
    file: await actor.file(),
    locked: await actor.file({ fields: { password: 'sesame' } }),
    folder,
    inner: await actor.folder({ parent_folder_id: folder }),
    foreign: target.accounts.other === undefined ? undefined : await (await stage.other()).folder(),
    // A server without address books has an order of checks, too.
    contact: await actor.contact().catch(noContact)
  }
}

function noContact (error: unknown): string {
  if (error instanceof Untested) return 'check@example.org'
  throw error
}
