/** Sandboxes by control calls. */
import { ControlProblem } from './control-problem.ts'
import { Answered, taking, type Routes, type World } from './routes.ts'
import { readSandboxOptions, SANDBOX_PREFIX, type Sandbox, type Sandboxes } from './sandboxes.ts'

export const SANDBOX_ROUTES: Routes = {
  '/sandboxes': {
    GET: async ({ url }, world) => demandSandboxes(world).list().map(sandbox => describeSandbox(sandbox, url)),
    POST: taking('document', async ({ body, url }, world) =>
      new Answered(201, describeSandbox(await demandSandboxes(world).create(readSandboxOptions(body, '')), url)))
  },
  '/sandboxes/:id': {
    GET: async ({ item, url }, world) => describeSandbox(demandSandbox(item, world), url),
    async DELETE ({ item }, world) {
      demandSandbox(item, world)
      await demandSandboxes(world).remove(item)
      return new Answered(204)
    }
  }
}

function demandSandboxes ({ sandboxes }: World): Sandboxes {
  if (sandboxes === undefined) throw new ControlProblem(404, 'a sandbox has no sandboxes', 'ask the emulator itself')
  return sandboxes
}

/** Throws ControlProblem for one that is not there. */
export function demandSandbox (id: string, world: World): Sandbox {
  const sandbox = demandSandboxes(world).get(id)
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
