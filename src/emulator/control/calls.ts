/** The control plane: every call below `/_emulator/v1`. */
import { readPath } from '../../domain/url-paths.ts'
import { nearest } from '../../settings/nearest.ts'
import { ControlProblem } from '../control-problem.ts'
import { ACCOUNT_CALLS, SESSION_CALLS } from './account-calls.ts'
import { CLOCK_CALLS } from './clock-calls.ts'
import { defineCall, type ControlCall } from './control-call.ts'
import { FAULT_CALLS } from './fault-calls.ts'
import { JOURNAL_CALLS } from './journal-calls.ts'
import { JUDGE_CALLS } from './judge-calls.ts'
import { OPENAPI, writeOpenapi } from './openapi.ts'
import { SHOW_REPLAY } from './replay-calls.ts'
import { SANDBOX_CALLS } from './sandbox-calls.ts'
import { STATE_CALLS } from './state-calls.ts'
import { FILE_CALLS, HEALTH, SYSTEM_CALLS } from './system-calls.ts'

export const CALLS: readonly ControlCall[] = [
  defineCall({
    name: 'getOpenapi',
    verb: 'GET',
    path: '/openapi.json',
    about: 'Describes all control calls as OpenAPI 3.1.',
    answer: OPENAPI,
    handle: ({ url, server }) => writeOpenapi(CALLS, url, server.version)
  }),
  HEALTH,
  ...ACCOUNT_CALLS,
  ...SYSTEM_CALLS,
  ...SESSION_CALLS,
  ...FILE_CALLS,
  ...FAULT_CALLS,
  ...CLOCK_CALLS,
  ...JOURNAL_CALLS,
  ...JUDGE_CALLS,
  ...STATE_CALLS,
  SHOW_REPLAY,
  ...SANDBOX_CALLS
]

/** The call at a path below `/_emulator/v1`, and the item in the path. Throws ControlProblem: 404, or 405 for another verb. */
export function findCall (verb: string, path: string): { readonly call: ControlCall, readonly name: string } {
  const atPath = CALLS.flatMap(call => {
    const found = matchCall(call.path, path)
    return found === undefined ? [] : [{ call, name: found }]
  })
  const [first] = atPath
  if (first === undefined) throw unknownPath(path)
  const found = atPath.find(({ call }) => call.verb === verb)
  if (found === undefined) throw new ControlProblem(405, `${first.call.path} does not allow ${verb}`, `it allows ${atPath.map(({ call }) => call.verb).join(', ')}`)
  return { call: found.call, name: decodeName(found.name) }
}

/** The part of the path at `:…`, '' for a pattern without it; undefined when the path does not match. */
const matchCall = (pattern: string, path: string): string | undefined => {
  const values = readPath(pattern, path)
  return values && ([...values.values()][0] ?? '')
}

function decodeName (text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new ControlProblem(400, 'the path has a % that starts no escape', 'write a literal % as %25')
  }
}

function unknownPath (path: string): ControlProblem {
  const paths = [...new Set(CALLS.map(call => call.path))]
  const meant = nearest(path, paths)
  return new ControlProblem(404, `there is no ${path}`, meant === undefined ? `there is ${paths.join(', ')}` : `did you mean ${meant}?`)
}
