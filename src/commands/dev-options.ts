/** The options of `dev` and `exec`. In a file of their own, so that no other command loads the emulator. */
import type { Command, OptionValues } from '@commander-js/extra-typings'
import { CommandProblem } from './problem.ts'

/** Settings of the server that make sense for `dev`. */
export const DEV_SETTINGS = ['config', 'host', 'port', 'listen', 'tlsCert', 'tlsKey', 'proxyMode', 'publicUrl', 'readyFile', 'logLevel']

/** Flags with their descriptions. */
const DEV_OPTIONS: ReadonlyArray<readonly [flags: string, about: string, isRepeatable?: true]> = [
  ['--seed <demo|none|file>', 'initial data: the demo accounts, nothing, or a YAML or JSON file [demo]'],
  ['--ids <text>', 'make keys and ids the same at each start with this text, including those of the seed; not set: random'],
  ['--data <folder>', 'keep everything in this folder; not set: in memory until it stops'],
  ['--replay <file>', 'answer from a recording of respace record'],
  ['--strict <off|warn|fail>', 'how to report protocol violations: in the journal only, with a header, or with a failing exit code as well [off]'],
  ['--journal-size <number>', 'how many exchanges the journal keeps, for each sandbox, too [10000]'],
  ['--judge <file>', 'write at the end what the client did right and wrong: .html, .json, .xml (JUnit) or .md; may be repeated', true]
]

/** Gives a command these flags. */
export function withDevOptions<Words extends unknown[], Flags extends OptionValues> (command: Command<Words, Flags>): Command<Words, Flags & DevOptions> {
  for (const [flags, about, isRepeatable] of DEV_OPTIONS) {
    if (isRepeatable) command.option(flags, about, (value: string, before: string[] = []) => [...before, value])
    else command.option(flags, about)
  }
  return command as unknown as Command<Words, Flags & DevOptions>
}

/** A flag of `dev` alone: `exec` listens on a loopback address. */
export const TOKEN_OPTION = ['--control-token <text>', 'required for control calls unless all addresses are loopback addresses; not set: a random one, printed at startup'] as const

/** A flag of `dev` alone: `exec` ends with its command. */
export const STDIN_OPTION = ['--exit-on-stdin-close', 'end when standard input closes, so that it never outlives the program that started it'] as const

const STRICTNESS = ['off', 'warn', 'fail'] as const

/** Throws CommandProblem. */
export function readStrictness (given = 'off'): typeof STRICTNESS[number] {
  const found = STRICTNESS.find(strictness => strictness === given.toLowerCase())
  if (found === undefined) throw new CommandProblem(`--strict: expected one of ${STRICTNESS.join(', ')}, got "${given}"`)
  return found
}

/** Throws CommandProblem. */
export function readJournalSize (given: string | undefined): number | undefined {
  if (given === undefined) return undefined
  if (!/^\d{1,7}$/.test(given) || Number(given) < 1 || Number(given) > 1_000_000) throw new CommandProblem(`--journal-size: expected a number from 1 to 1000000, got "${given}"`)
  return Number(given)
}

/** The options that were given. */
export interface DevOptions {
  readonly seed?: string
  readonly ids?: string
  readonly data?: string
  readonly strict?: string
  readonly journalSize?: string
  readonly controlToken?: string
  readonly judge?: readonly string[]
  readonly replay?: string
  readonly exitOnStdinClose?: boolean
}
