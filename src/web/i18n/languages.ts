/** The languages of the pages, and the choice for a reader. */
import { createWords, type Translation, type Words } from './words.ts'
import { en } from './words/en.ts'

/** The name of each language in itself. */
export const LANGUAGES = {
  en: 'English',
  de: 'Deutsch',
  fr: 'Français',
  es: 'Español',
  pt: 'Português',
  zh: '简体中文',
  ja: '日本語'
} as const

export type Language = keyof typeof LANGUAGES

export const isLanguage = (text: string): text is Language => Object.hasOwn(LANGUAGES, text)

/** The language tag of documents: our Chinese is simplified. */
export const tagOf = (language: Language): string => language === 'zh' ? 'zh-Hans' : language

const LOADERS: Readonly<Record<Language, () => Promise<Translation>>> = {
  en: async () => en,
  de: async () => (await import('./words/de.ts')).de,
  fr: async () => (await import('./words/fr.ts')).fr,
  es: async () => (await import('./words/es.ts')).es,
  pt: async () => (await import('./words/pt.ts')).pt,
  zh: async () => (await import('./words/zh.ts')).zh,
  ja: async () => (await import('./words/ja.ts')).ja
}

/** For requests without a language, such as those of programs. */
export const ENGLISH: Words = createWords('en', 'en', en)

/** Each language is loaded for its first reader. */
export async function wordsOf ({ language, locale }: Reader): Promise<Words> {
  return createWords(language, locale, await LOADERS[language]())
}

export interface Reader {
  readonly language: Language
  readonly locale: string
}

/** The reader's choice, else the first available language that the browser requests. */
export function readerOf (acceptLanguage: string, chosen: string | undefined): Reader {
  const wanted = wantedTags(acceptLanguage)
  const language = chosen !== undefined && isLanguage(chosen) ? chosen : wanted.map(baseOf).find(isLanguage) ?? 'en'
  return { language, locale: wanted.find(tag => baseOf(tag) === language) ?? language }
}

/** The tags of an Accept-Language, the preferred first; only plain ones, which formatters understand. */
function wantedTags (acceptLanguage: string): string[] {
  return acceptLanguage.slice(0, 500).split(',').map(part => {
    const [tag = '', weight] = part.trim().split(/\s*;\s*q=/i)
    return { tag, weight: weight === undefined ? 1 : Number(weight) }
  }).filter(({ tag, weight }) => weight > 0 && /^[a-z]{2,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?$/i.test(tag))
    .sort((a, b) => b.weight - a.weight).map(({ tag }) => tag)
}

const baseOf = (tag: string): string => tag.split('-')[0]?.toLowerCase() ?? ''
