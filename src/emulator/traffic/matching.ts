/** How rules of faults and queries of the journal match exchanges. */
import { METHODS } from '../../api/registry.ts'
import { described, DocumentProblem, someText, type Read } from '../../settings/document.ts'
import { nearest } from '../../settings/nearest.ts'
import type { MatchContext } from './match-context.ts'
import { matchesWildcard } from './wildcard.ts'

/** The declared name of a method, or a pattern such as `files.*`. */
export const methodPattern: Read<string> = described({ type: 'string' }, (value, at) => {
  const sent = someText(value, at)
  const found = methodsMatching(sent)
  if (found.length === 0) {
    const meant = nearest(sent, METHODS.map(({ name }) => name))
    throw new DocumentProblem(at, `there is no method "${sent}"${meant === undefined ? '; docs/api lists them, files.* stands for several' : `; did you mean ${meant}?`}`)
  }
  return sent.includes('*') ? sent : found[0]?.name ?? sent
})

/** The methods whose names match a pattern. */
export const methodsMatching = (pattern: string) => METHODS.filter(({ name }) => matchesWildcard(pattern, name))

/** Values by parameter name; names in lower case. */
export const paramPatterns: Read<Readonly<Record<string, string>>> = described({ type: 'object', additionalProperties: { type: ['string', 'number'] } }, (value, at) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new DocumentProblem(at, 'expected an object of parameters, such as {"folder_id":"0"}')
  return Object.fromEntries(Object.entries(value).map(([name, text]) => [name.toLowerCase(), someText(text, `${at}/${name}`)]))
})

/** The conditions of a rule; a missing one matches anything. */
export type Match = Partial<{
  readonly method: string
  readonly phase: MatchContext['phase']
  readonly user: string
  readonly params: Readonly<Record<string, string>>
  readonly fileName: string
}>

/** Whether all conditions hold. Those that need a query come last. */
export async function matchesExchange ({ method, phase, user, params, fileName }: Match, exchange: MatchContext): Promise<boolean> {
  if (method !== undefined && !(exchange.method !== undefined && matchesWildcard(method, exchange.method))) return false
  if (phase !== undefined && phase !== exchange.phase) return false
  for (const [name, pattern] of Object.entries(params ?? {})) {
    const sent = exchange.params.get(name)
    if (sent === undefined || !matchesWildcard(pattern, sent)) return false
  }
  if (user !== undefined && !matchesWildcard(user, await exchange.user() ?? '')) return false
  return fileName === undefined || (await exchange.fileNames()).some(name => matchesWildcard(fileName, name))
}
