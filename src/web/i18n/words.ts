/** The texts of pages in the reader's language. A page is rendered when it is sent: only then is the reader known. */
import { remembering } from '../../domain/remembering.ts'
import { Html, htmlOf, type Value } from '../html.ts'
import type { Language } from './languages.ts'
import type { en } from './words/en.ts'

type English = typeof en
export type Key = keyof English
/** The texts of a language: the same keys as in English. */
export type Translation = Readonly<Record<Key, string>>

type Placeholders<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Exclude<Name, 'site'> | Placeholders<Rest> : never
type Values<Names extends string> = [Names] extends [never] ? [] : [values: Readonly<Record<Names, Value>>]
type PlainValues<Names extends string> = [Names] extends [never] ? [] : [values: Readonly<Record<Names, string>>]
/** Keys of texts without values. */
export type PlainKey = { [K in Key]: Placeholders<English[K]> extends never ? K : never }[Key]
/** Keys of texts that depend on a number, without their ending. */
type CountKey = Key extends infer K ? K extends `${infer Start}.one` ? Start : never : never

/** Anything that depends on the reader's language. */
export type Said<T> = (words: Words) => T
export type Sentence = Said<Html>

/** Everything that differs between readers. */
export interface Words {
  /** The name of the site, for `{site}`. */
  readonly site: string
  readonly language: Language
  /** For numbers and times: the language with the reader's region, if known. */
  readonly locale: string
  say<K extends Key> (key: K, ...values: Values<Placeholders<English[K]>>): Html
  /** The form of the text for this number, which also replaces `{count}`. */
  count (key: CountKey, number: number): Html
  /** The same two as plain text, for mails. */
  tell<K extends Key> (key: K, ...values: PlainValues<Placeholders<English[K]>>): string
  tellCount (key: CountKey, number: number, values?: Readonly<Record<string, string>>): string
  number (number: number): string
  /** `12.3 kB`, in steps of 1024, as on all pages. */
  size (bytes: number): string
  /** The unit of a size by its power of 1024: 2 is `MB`. */
  unit (step: number): string
  /** A time in UTC; a script converts it to the reader's time zone. */
  time (milliseconds: number): string
  /** All texts of a group of scripts, with their placeholders. */
  ofScripts (group: string): Readonly<Record<string, string>>
  /** The same words on a site of this name. */
  forSite (name: string): Words
}

/** A text for a reader who is not known yet. */
export const sentence = <K extends Key>(key: K, ...values: Values<Placeholders<English[K]>>): Sentence => ({ say }) => say(key, ...values)

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const
/** Bytes are written out: the short form has no plural. */
const displayOf = (step: number): 'long' | 'short' => step === 0 ? 'long' : 'short'
const SCRIPT = 'script.'

/** Formatters are created on first use: loading one takes longer than most pages. */
export function createWords (language: Language, locale: string, translation: Translation, site = 'Respace'): Words {
  let times: Intl.DateTimeFormat | undefined
  let plurals: Intl.PluralRules | undefined
  let numbers: Intl.NumberFormat | undefined
  let elsewhere: Words | undefined
  const sizes: Intl.NumberFormat[] = []
  const scripts = new Map<string, Readonly<Record<string, string>>>()
  const plain = remembering(Infinity, (key: Key) => fill(translation[key], { site }))
  const number = (value: number) => (numbers ??= new Intl.NumberFormat(locale)).format(value)
  const sizesOf = (step: number) => (sizes[step] ??= new Intl.NumberFormat(locale, { style: 'unit', unit: UNITS[step] ?? 'byte', unitDisplay: displayOf(step), maximumFractionDigits: step === 0 ? 0 : 1 }))
  const size = remembering(1000, (bytes: number) => {
    let step = 0
    // What would be rounded up to 1,024 gets the next unit.
    while (step < UNITS.length - 1 && Math.round(bytes / 1024 ** step * 10) >= 10_240) step++
    return sizesOf(step).format(bytes / 1024 ** step)
  })
  const formOf = (key: CountKey, value: number): string => {
    plurals ??= new Intl.PluralRules(locale)
    return translation[`${key}.${plurals.select(value) === 'one' ? 'one' : 'other'}`]
  }
  const words: Words = {
    site,
    language,
    locale,
    number,
    say: (key, ...[values]) => values === undefined ? plain(key) : fill(translation[key], { site, ...values }),
    count: (key, value) => fill(formOf(key, value), { site, count: number(value) }),
    tell: (key, ...[values = {}]) => pieces(translation[key], { site, ...values }).join(''),
    tellCount: (key, value, values = {}) => pieces(formOf(key, value), { site, count: number(value), ...values }).join(''),
    size,
    unit (step) {
      return sizesOf(step).formatToParts(2).find(({ type }) => type === 'unit')?.value ?? ''
    },
    time (milliseconds) {
      times ??= new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })
      return `${times.format(milliseconds)} UTC`
    },
    ofScripts (group) {
      const known = scripts.get(group) ?? Object.fromEntries(Object.entries(translation)
        .filter(([key]) => key.startsWith(`${SCRIPT}${group}.`)).map(([key, text]) => [key.slice(SCRIPT.length), text]))
      scripts.set(group, known)
      return known
    },
    forSite (name) {
      if (name === site) return words
      if (elsewhere?.site !== name) elsewhere = createWords(language, locale, translation, name)
      return elsewhere
    }
  }
  return words
}

const fill = (text: string, values: Readonly<Record<string, Value>>): Html => new Html(pieces(text, values).map(htmlOf).join(''))

/** The text and its values, in their order. */
function pieces<V> (text: string, values: Readonly<Record<string, V>>): Array<string | V> {
  const [first = '', ...others] = text.split('{')
  return [first, ...others.flatMap(part => {
    const end = part.indexOf('}')
    const value = values[part.slice(0, end)]
    if (value === undefined) throw new Error(`no value for {${part}`)
    return [value, part.slice(end + 1)]
  })]
}
