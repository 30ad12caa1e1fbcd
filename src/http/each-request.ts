import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { asError } from '../domain/as-error.ts'

interface Later {
  then (fulfilled: () => void, rejected: (error: Error) => void): unknown
}

/**
 * Looks at each request before its route does. A hook that is an async function takes four microtasks of every request, and there are nine:
 * this one waits only where there is something to wait for. `look` returns the reply when it has answered.
 */
export function onEachRequest (app: FastifyInstance, look: (request: FastifyRequest, reply: FastifyReply) => Later | undefined | void): void {
  app.addHook('onRequest', (request, reply, done) => {
    let later
    try {
      later = look(request, reply)
    } catch (error) {
      return done(asError(error))
    }
    if (later === undefined) done()
    else later.then(() => { done() }, done)
  })
}
