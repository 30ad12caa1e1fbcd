/** The values of an exchange that rules and queries compare. */
import type { RawParams } from '../../api/params.ts'
import { METHODS } from '../../api/registry.ts'
import type { Ports } from '../../ports.ts'
import { fileNamesOfCall, fileNamesOfPath, ticketOf, userOfCall, userOfLink, userOfTicket } from './attribution.ts'
import type { Exchange } from './exchange.ts'
import type { RequestKind } from './request-kind.ts'
import type { NewestMap } from '../../domain/newest-map.ts'

/** The values that can be matched. Users and file names are looked up only when a rule needs them. */
export interface MatchContext {
  readonly phase: RequestKind
  /** The declared name of the method that is called. */
  readonly method: string | undefined
  /** By name in lower case. */
  readonly params: ReadonlyMap<string, string>
  /** The user of the exchange, undefined when unknown. */
  user (): Promise<string | undefined>
  /** The names of the files that it is about. */
  fileNames (): Promise<readonly string[]>
}

/** `params` are the parameters of the query, and for an API call those of its body, too. */
export function matchContextOf ({ phase, path, request, notes }: Exchange, params: RawParams, ports: Ports, names: NewestMap<string>): MatchContext {
  const ticket = ticketOf(params)
  const common = { phase, params, method: undefined }
  switch (phase) {
    case 'api': return {
      ...common,
      method: METHODS.find(({ name }) => name.toLowerCase() === params.get('method')?.toLowerCase())?.name,
      user: () => userOfCall(params, ports),
      fileNames: () => fileNamesOfCall(params, [`http://${request.headers.host ?? ''}`], ports)
    }
    case 'upload': return { ...common, user: async () => notes.user, fileNames: async () => notes.inspector?.names() ?? [] }
    case 'progress': return { ...common, user: () => userOfTicket(ticket, ports), fileNames: async () => [names.get(ticket) ?? ''] }
    case 'download': return { ...common, user: () => userOfLink(path, ports), fileNames: () => fileNamesOfPath(path, ports) }
    case 'page': return { ...common, user: async () => undefined, fileNames: () => fileNamesOfPath(path, ports) }
  }
}
