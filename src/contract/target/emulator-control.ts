/** The emulator's control calls. */
import { BrokenMeans } from '../check-problems.ts'
import type { Target } from './target-file.ts'

/** Milliseconds: restoring a snapshot is slow on a busy machine. */
const PATIENCE = 60_000

/** The JSON of the response, undefined without a body. Throws BrokenMeans when the call is refused or times out. */
export async function control ({ target }: { readonly target: Pick<Target, 'control'> }, method: string, path: string, body?: object): Promise<unknown> {
  const answer = await fetch(`${target.control ?? ''}${path}`, { method, signal: AbortSignal.timeout(PATIENCE), ...body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } }).catch((error: unknown) => {
    throw new BrokenMeans(`the control call ${method} ${path} was not answered: ${error instanceof Error ? error.message : String(error)}`)
  })
  const text = await answer.text()
  if (!answer.ok) throw new BrokenMeans(`the control call ${method} ${path} answered ${answer.status}: ${text}`)
  return text === '' ? undefined : JSON.parse(text) as unknown
}
