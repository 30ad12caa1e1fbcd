/** The words of each language, and which of them a reader gets. */
import { createNewestMap } from '../../domain/newest-map.ts'
import { isLanguage, type Language } from './languages.ts'
import { createWords, type Translation, type Words } from './words.ts'
import { en } from './words/en.ts'

const LOADERS: Readonly<Record<Language, () => Promise<Translation>>> = {
  en: async () => en,
  de: async () => (await import('./words/de.ts')).de,
  fr: async () => (await import('./words/fr.ts')).fr,
  es: async () => (await import('./words/es.ts')).es,
  pt: async () => (await import('./words/pt.ts')).pt,
  zh: async () => (await import('./words/zh.ts')).zh,
  ja: async () => (await import('./words/ja.ts')).ja
}

/** For whoever tells no language, such as programs. */
export const ENGLISH: Words = createWords('en', 'en', en)

/** The most locales whose words are kept: their formatters take longer to make than a page. */
const MAX_KEPT = 200

const kept = createNewestMap<Words>(MAX_KEPT)

type Spoken = Pick<Reader, 'language' | 'locale'>

const keyOf = ({ language, locale }: Spoken): string => `${language} ${locale}`

/** The words that are loaded already. */
export const keptWordsOf = (reader: Spoken): Words | undefined => kept.get(keyOf(reader))

/** Each language is loaded with its first reader. */
export async function wordsOf (reader: Spoken): Promise<Words> {
  const known = keptWordsOf(reader)
  if (known !== undefined) return known
  const { language, locale } = reader
  const words = createWords(language, locale, await LOADERS[language]())
  kept.set(keyOf(reader), words)
  return words
}

export interface Reader {
  readonly language: Language
  readonly locale: string
  /** False for English to those who ask for no language that there is. */
  readonly isAsked: boolean
}

/** What a reader chose, else the first that his browser asks for and that there is. */
export function readerOf (acceptLanguage: string, chosen: string | undefined): Reader {
  const wanted = wantedTags(acceptLanguage)
  const asked = chosen !== undefined && isLanguage(chosen) ? chosen : wanted.map(baseOf).find(isLanguage)
  const language = asked ?? 'en'
  return { language, locale: wanted.find(tag => baseOf(tag) === language) ?? language, isAsked: asked !== undefined }
}

/** The tags of an Accept-Language, the most wanted first; only plain ones, with which formatters can do something. */
function wantedTags (acceptLanguage: string): string[] {
  return acceptLanguage.slice(0, 500).split(',').map(part => {
    const [tag = '', weight] = part.trim().split(/\s*;\s*q=/i)
    return { tag, weight: weight === undefined ? 1 : Number(weight) }
  }).filter(({ tag, weight }) => weight > 0 && /^[a-z]{2,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?$/i.test(tag))
    .sort((a, b) => b.weight - a.weight).map(({ tag }) => tag)
}

const baseOf = (tag: string): string => tag.split('-')[0]?.toLowerCase() ?? ''
