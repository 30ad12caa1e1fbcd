import type { Command, OptionValues } from '@commander-js/extra-typings'
import { flagOf, SETTINGS } from '../config.ts'

/** The given options, by name. */
export type SettingFlags = Readonly<Partial<Record<keyof typeof SETTINGS, string>>>

/** Gives a command the flags of some settings. `defaults` are its different defaults. */
export function withSettings<Words extends unknown[], Flags extends OptionValues> (
  command: Command<Words, Flags>, names: readonly string[] = ['storage', 'config'], defaults: Readonly<Record<string, string>> = {}
): Command<Words, Flags & SettingFlags> {
  for (const [name, { kind, fallback, about, isSecret }] of Object.entries(SETTINGS)) {
    if (!names.includes(name) || isSecret) continue
    const value = defaults[name] ?? fallback
    const option = command.createOption(`${flagOf(name)} <${kind.name}>`, about + (value === '' ? '' : ` [${value}]`))
    // A repeated flag is a list.
    if (kind.isList) option.argParser<string>((value, before) => before === undefined ? value : `${before},${value}`)
    command.addOption(option)
  }
  return command as unknown as Command<Words, Flags & SettingFlags>
}
