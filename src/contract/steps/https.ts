/** Calls over HTTPS. The emulator trusts the header of a reverse proxy, so no certificate is needed; another server needs `https` in the target file. */
import { Untested } from '../check-problems.ts'
import type { Header } from '../client/exchange.ts'
import { readReply, type Reply } from '../client/reply.ts'
import type { Stage } from '../run/stage.ts'
import type { Params, RunContext } from '../run/run-context.ts'

export interface SecureEndpoint {
  readonly rest: string
  readonly headers: readonly Header[]
}

/** undefined: there is no HTTPS. */
export function secureEndpoint ({ target: { rest, https, control } }: RunContext): SecureEndpoint | undefined {
  if (https !== undefined || rest.startsWith('https:')) return { rest: https ?? rest, headers: [] }
  return control === undefined ? undefined : { rest, headers: [['x-forwarded-proto', 'https']] }
}

/** Throws Untested without HTTPS. */
export async function callSecurely ({ context, send }: Pick<Stage, 'context' | 'send'>, method: string, params: Params): Promise<Reply> {
  const endpoint = secureEndpoint(context)
  if (endpoint === undefined) throw new Untested('there is no address over HTTPS in the target file (https)')
  const query = new URLSearchParams({ method })
  for (const [name, value] of Object.entries(params)) if (value !== undefined) query.append(name, value)
  return readReply(await send({ url: `${endpoint.rest}?${query}`, headers: endpoint.headers }))
}
