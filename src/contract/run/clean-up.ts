/** Removes what the ledger lists; reports what the server refuses to remove, and continues. */
import { CLEAN_UP } from '../client/exchange.ts'
import type { Made } from './ledger.ts'
import { summaryOf } from '../client/reply.ts'
import type { RunContext } from './run-context.ts'

/** Codes for things that are gone already. */
const GONE: ReadonlySet<number> = new Set([0, 6, 9, 10, 29])

/** A folder can contain an older one that was moved into it, and is deleted only after that one. */
const ROUNDS = 3

/** What could not be removed, as phrases. */
export async function removeMade (context: RunContext): Promise<readonly string[]> {
  let left = [...context.ledger.list()].reverse()
  let problems: readonly string[] = []
  for (let round = 0; round < ROUNDS && left.length > 0; round++) {
    const failed: Array<{ thing: Made, problem: string }> = []
    for (const kind of ['file', 'contact', 'anonymous file', 'folder', 'session'] as const) {
      // Sessions end last, because they remove the rest.
      if (kind === 'session' && failed.length > 0 && round < ROUNDS - 1) continue
      for (const thing of left.filter(each => each.kind === kind)) {
        const problem = await remove(thing, context)
        if (problem !== undefined) failed.push({ thing, problem })
      }
    }
    problems = failed.map(({ problem }) => problem)
    left = failed.length === 0 ? [] : [...failed.map(({ thing }) => thing), ...left.filter(({ kind }) => kind === 'session')]
  }
  context.ledger.clear()
  return problems
}

async function remove (thing: Made, { call, send }: RunContext): Promise<string | undefined> {
  if (thing.kind === 'anonymous file') {
    const { answer, problem } = await send({ method: 'POST', url: thing.deleteUrl }, CLEAN_UP)
    return answer !== undefined && answer.status < 500 ? undefined : `${thing.deleteUrl}: ${problem ?? String(answer?.status)}`
  }
  const reply = thing.kind === 'session'
    ? await call('auth.logout', { session_key: thing.key }, CLEAN_UP)
    : thing.kind === 'contact'
      ? await call('addressbook.delete', { session_key: thing.key, email: thing.email }, CLEAN_UP)
      : await call(thing.kind === 'file' ? 'files.delete' : 'folders.delete', { session_key: thing.key, [`${thing.kind}_id`]: thing.id }, CLEAN_UP)
  return GONE.has(reply.code) ? undefined : `${thing.kind} ${'id' in thing ? thing.id : 'email' in thing ? thing.email : ''}: ${summaryOf(reply)}`.trim()
}
