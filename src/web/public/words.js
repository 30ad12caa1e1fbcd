/** The texts that a page contains for its scripts, and the reader's language. */

const words = Object.assign({}, ...[...document.querySelectorAll('meta[name=words]')].map(({ content }) => JSON.parse(content)))

/** A text with its placeholders filled. */
export const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_placeholder, name) => values[name])

const { lang } = document.documentElement
const baseOf = tag => tag.split('-')[0]

/** The page's language, with the reader's region for numbers and times. */
export const LOCALE = navigator.languages.find(tag => baseOf(tag) === baseOf(lang)) ?? lang
