/** Control calls of faults. */
import { described } from '../../settings/document.ts'
import { listUsers } from '../../store/accounts/users.ts'
import { ControlProblem } from '../control-problem.ts'
import { FAULT_RULE_SCHEMA } from '../faults/fault-rule.ts'
import type { FaultState } from '../faults/faults.ts'
import { list } from './answer-shape.ts'
import { defineCall, type CallContext } from './control-call.ts'
import { FAULT_STATE } from './fault-shapes.ts'

export const FAULT_CALLS = [
  defineCall({
    name: 'listFaults',
    verb: 'GET',
    path: '/faults',
    answer: list(FAULT_STATE),
    about: 'Lists all faults, and how often each was applied.',
    handle: ({ server }) => server.faults.list()
  }),
  defineCall({
    name: 'addFault',
    verb: 'POST',
    path: '/faults',
    answer: FAULT_STATE,
    about: 'Adds a fault. One that could never apply is refused.',
    body: {
      // A rule is checked when it is added: the check depends on the strictness and on the accounts.
      read: described<unknown>(FAULT_RULE_SCHEMA, value => value),
      example: { match: { method: 'files.delete' }, skip: 1, times: 2, ttlMs: 60000, effect: 'none', answer: { error: 12 } }
    },
    status: 201,
    async handle ({ body, server: { faults, ports } }) {
      const users = (await listUsers(ports.sql)).map(({ userName }) => userName)
      return faults.add(body, users)
    }
  }),
  defineCall({
    name: 'removeFaults',
    verb: 'DELETE',
    path: '/faults',
    about: 'Removes all faults, and resets the connections that they hold.',
    status: 204,
    async handle ({ server: { faults, running } }) {
      faults.clear()
      await running.ended()
    }
  }),
  defineCall({
    name: 'getFault',
    verb: 'GET',
    path: '/faults/:id',
    answer: FAULT_STATE,
    about: 'Shows a fault.',
    find: requireFault,
    failures: [404],
    handle: ({ item }) => item
  }),
  defineCall({
    name: 'removeFault',
    verb: 'DELETE',
    path: '/faults/:id',
    about: 'Removes a fault, and resets the connections that it holds.',
    find: requireFault,
    status: 204,
    failures: [404],
    async handle ({ item, server: { faults, running } }) {
      faults.remove(item.id)
      await running.ended()
    }
  })
]

function requireFault (id: string, { server: { faults } }: CallContext): FaultState {
  const found = faults.get(id)
  if (found !== undefined) return found
  const ids = faults.list().map(fault => fault.id)
  throw new ControlProblem(404, `there is no fault "${id}"`, ids.length === 0 ? 'none is armed; POST /faults arms one' : `there is ${ids.join(', ')}`)
}
