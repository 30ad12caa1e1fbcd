/** The emulator's control calls. */
import { BrokenMeans } from '../check-problems.ts'
import type { Target } from './target-file.ts'

/** What it answers, {} for nothing. Throws BrokenMeans when it is refused. */
export async function control ({ target }: { readonly target: Pick<Target, 'control'> }, method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const answer = await fetch(`${target.control ?? ''}${path}`, { method, ...body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } })
  const text = await answer.text()
  if (!answer.ok) throw new BrokenMeans(`the control call ${method} ${path} answered ${answer.status}: ${text}`)
  return text === '' ? {} : JSON.parse(text) as Record<string, unknown>
}
