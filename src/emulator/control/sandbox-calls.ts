/** Control calls of sandboxes. */
import { ControlProblem } from '../control-problem.ts'
import type { EmulatedServer } from '../emulated-server.ts'
import { sandboxUrls } from './control-paths.ts'
import { list, object, orNull, text } from './answer-shape.ts'
import { defineCall, type CallContext } from './control-call.ts'
import { readSandboxOptions, type Sandboxes } from './sandboxes.ts'

const SANDBOX = object({ id: text, apiKey: text, restUrl: text, pathUrl: text, controlUrl: text, user: orNull(text), password: orNull(text) }, 'Sandbox')

export const SANDBOX_CALLS = [
  defineCall({
    name: 'listSandboxes',
    verb: 'GET',
    path: '/sandboxes',
    answer: list(SANDBOX),
    about: 'Lists the open sandboxes.',
    find: requireSandboxes,
    handle: ({ item, url }) => item.list().map(sandbox => describeSandbox(sandbox, url))
  }),
  defineCall({
    name: 'openSandbox',
    verb: 'POST',
    path: '/sandboxes',
    answer: SANDBOX,
    about: 'Opens a sandbox, a separate server. All other calls reach it below /sandboxes/ID.',
    find: requireSandboxes,
    body: { as: 'document', read: readSandboxOptions, example: { id: 'mine', seed: 'demo', clock: '2026-01-01T00:00:00Z', ids: 42 } },
    status: 201,
    failures: [409],
    handle: async ({ item, body, url }) => describeSandbox(await item.create(body), url)
  }),
  defineCall({
    name: 'getSandbox',
    verb: 'GET',
    path: '/sandboxes/:id',
    answer: SANDBOX,
    about: 'Shows a sandbox.',
    find: requireSandbox,
    failures: [404],
    handle: ({ item, url }) => describeSandbox(item, url)
  }),
  defineCall({
    name: 'closeSandbox',
    verb: 'DELETE',
    path: '/sandboxes/:id',
    about: 'Closes a sandbox.',
    find: requireSandbox,
    status: 204,
    failures: [404],
    handle: async ({ item, sandboxes }) => { await sandboxes?.remove(item.id) }
  })
]

function requireSandboxes (_name: string, { sandboxes }: Pick<CallContext, 'sandboxes'>): Sandboxes {
  if (sandboxes === undefined) throw new ControlProblem(404, 'a sandbox has no sandboxes', 'call the emulator itself')
  return sandboxes
}

/** Throws ControlProblem for an unknown one. */
export function requireSandbox (id: string, context: Pick<CallContext, 'sandboxes'>): EmulatedServer {
  const sandbox = requireSandboxes(id, context).get(id)
  if (sandbox === undefined) throw new ControlProblem(404, `there is no sandbox "${id}"`, 'POST /_emulator/v1/sandboxes creates one')
  return sandbox
}

function describeSandbox ({ id, apiKey, account }: EmulatedServer, url: string) {
  const { restUrl, pathUrl, controlUrl } = sandboxUrls(id, url)
  return { id, apiKey, restUrl, pathUrl, controlUrl, user: account?.user ?? null, password: account?.password ?? null }
}
