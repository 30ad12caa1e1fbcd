/** The languages of the pages. */

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
