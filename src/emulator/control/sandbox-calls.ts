/** Sandboxes by control calls. */
import { ControlProblem } from '../control-problem.ts'
import { Answered, taking, type Routes, type ControlledServer } from './call.ts'
import { readSandboxOptions, SANDBOX_PREFIX, type Sandbox, type Sandboxes } from './sandboxes.ts'

export const SANDBOX_ROUTES: Routes = {
  '/sandboxes': {
    GET: async ({ url }, world) => requireSandboxes(world).list().map(sandbox => describeSandbox(sandbox, url)),
    POST: taking('document', async ({ body, url }, world) =>
      new Answered(201, describeSandbox(await requireSandboxes(world).create(readSandboxOptions(body, '')), url)))
  },
  '/sandboxes/:id': {
    GET: async ({ item, url }, world) => describeSandbox(requireSandbox(item, world), url),
    async DELETE ({ item }, world) {
      requireSandbox(item, world)
      await requireSandboxes(world).remove(item)
      return new Answered(204)
    }
  }
}

function requireSandboxes ({ sandboxes }: ControlledServer): Sandboxes {
  if (sandboxes === undefined) throw new ControlProblem(404, 'a sandbox has no sandboxes', 'ask the emulator itself')
  return sandboxes
}

/** Throws ControlProblem for one that is not there. */
export function requireSandbox (id: string, world: ControlledServer): Sandbox {
  const sandbox = requireSandboxes(world).get(id)
  if (sandbox === undefined) throw new ControlProblem(404, `there is no sandbox "${id}"`, 'POST /_emulator/v1/sandboxes makes one')
  return sandbox
}

/** `url` is that of the emulator. */
export function describeSandbox ({ id, apiKey, account }: Sandbox, url: string) {
  return {
    id,
    apiKey,
    restUrl: `${url}/rest/`,
    pathUrl: `${url}${SANDBOX_PREFIX}${id}/rest/`,
    controlUrl: `${url}/_emulator/v1/sandboxes/${id}`,
    user: account?.user ?? null,
    password: account?.password ?? null
  }
}
