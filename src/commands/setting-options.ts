import { flagOf, SETTINGS } from '../config.ts'

/** What of the package for command lines is needed here. */
interface Option {
  argParser (read: (value: string, before?: string) => string): unknown
}

interface Optioned<O extends Option> {
  createOption (flags: string, about: string): O
  addOption (option: O): unknown
}

/** Gives a command the flags of some settings. `defaults` are its own where they differ. */
export function withSettings<O extends Option, C extends Optioned<O>> (
  command: C & Optioned<O>, names: readonly string[] = ['storage', 'config'], defaults: Readonly<Record<string, string>> = {}
): C {
  for (const [name, { kind, fallback, about, isSecret }] of Object.entries(SETTINGS)) {
    if (!names.includes(name) || isSecret) continue
    const value = defaults[name] ?? fallback
    const option = command.createOption(`${flagOf(name)} <${kind.name}>`, about + (value === '' ? '' : ` [${value}]`))
    // Given several times it is a list.
    if (kind.isList) option.argParser((value, before) => before === undefined ? value : `${before},${value}`)
    command.addOption(option)
  }
  return command
}
