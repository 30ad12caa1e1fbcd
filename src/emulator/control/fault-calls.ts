/** Faults by control calls. */
import { listUsers } from '../../store/accounts/users.ts'
import { ControlProblem } from '../control-problem.ts'
import type { Faults, FaultState } from '../faults/faults.ts'
import { Answered, type Routes } from './call.ts'

export const FAULT_ROUTES: Routes = {
  '/faults': {
    GET: async (_asked, { faults }) => faults.list(),
    async POST ({ body }, { faults, ports }) {
      const users = (await listUsers(ports.sql)).map(({ userName }) => userName)
      return new Answered(201, faults.add(body, users))
    },
    async DELETE (_asked, { faults }) {
      faults.clear()
      return new Answered(204)
    }
  },
  '/faults/:id': {
    GET: async ({ item }, { faults }) => requireFault(item, faults),
    async DELETE ({ item }, { faults }) {
      requireFault(item, faults)
      faults.remove(item)
      return new Answered(204)
    }
  }
}

function requireFault (id: string, faults: Faults): FaultState {
  const found = faults.get(id)
  if (found !== undefined) return found
  const ids = faults.list().map(fault => fault.id)
  throw new ControlProblem(404, `there is no fault "${id}"`, ids.length === 0 ? 'none is armed; POST /faults arms one' : `there is ${ids.join(', ')}`)
}
