/** The options of `dev` and `exec`. In a file of their own, so that no other command loads the emulator. */
import type { Command, OptionValues } from '@commander-js/extra-typings'
import { CommandProblem } from './problem.ts'

/** Settings of the server that make sense for `dev`. */
export const DEV_SETTINGS = ['config', 'host', 'port', 'listen', 'tlsCert', 'tlsKey', 'proxyMode', 'publicUrl', 'readyFile', 'logLevel']

/** Flags with their descriptions. */
const DEV_OPTIONS: ReadonlyArray<readonly [string, string]> = [
  ['--seed <demo|none|file>', 'initial data: the demo accounts, nothing, or a YAML or JSON file [demo]'],
  ['--data <folder>', 'keep everything in this folder; not set: in memory until it stops'],
  ['--replay <file>', 'answer by a recording of respace record instead of a server'],
  ['--strict <off|warn|fail>', 'how to report protocol violations: in the journal only, with a header, or with a failing exit code as well [off]']
]

/** Gives a command these flags. */
export function withDevOptions<Words extends unknown[], Flags extends OptionValues> (command: Command<Words, Flags>): Command<Words, Flags & DevOptions> {
  for (const [flags, about] of DEV_OPTIONS) command.option(flags, about)
  return command as unknown as Command<Words, Flags & DevOptions>
}

/** A flag of `dev` alone: `exec` listens on a loopback address. */
export const TOKEN_OPTION = ['--control-token <text>', 'required for control calls unless all addresses are loopback addresses; not set: a random one, printed at startup'] as const

const STRICTNESS = ['off', 'warn', 'fail'] as const

/** Throws CommandProblem. */
export function readStrictness (given = 'off'): typeof STRICTNESS[number] {
  const found = STRICTNESS.find(strictness => strictness === given.toLowerCase())
  if (found === undefined) throw new CommandProblem(`--strict: expected one of ${STRICTNESS.join(', ')}, got "${given}"`)
  return found
}

/** The options that were given. */
export interface DevOptions {
  readonly seed?: string
  readonly data?: string
  readonly strict?: string
  readonly controlToken?: string
  readonly replay?: string
}
