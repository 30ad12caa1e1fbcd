import type { ServerResponse } from 'node:http'

/** The answer of a handler to an upload. */
export interface HandlerAnswer {
  /** Resolves once the handler has ended its answer, or the connection has closed. */
  readonly ended: Promise<void>
  /** Discards the rest of the answer. */
  discard (): void
}

/** Must come after everything else that intercepts the response, and before the handler. */
export function watchAnswer (response: ServerResponse): HandlerAnswer {
  const writeHead = response.writeHead.bind(response)
  const write = response.write.bind(response)
  const end = response.end.bind(response)
  let isDiscarded = false
  let resolveEnded = (): void => undefined
  const ended = new Promise<void>(resolve => { resolveEnded = resolve })
  response.once('close', resolveEnded)

  response.writeHead = ((...args: Parameters<typeof writeHead>) => isDiscarded ? response : writeHead(...args)) as typeof response.writeHead
  response.write = ((...args: Parameters<typeof write>) => isDiscarded || write(...args)) as typeof response.write
  response.end = ((...args: Parameters<typeof end>) => {
    resolveEnded()
    return isDiscarded ? response : end(...args)
  }) as typeof response.end

  return {
    ended,
    discard () {
      isDiscarded = true
    }
  }
}
