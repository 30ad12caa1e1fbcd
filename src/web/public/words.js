/** The sentences that a page gives to its scripts, and the reader's language. */

const words = Object.assign({}, ...[...document.querySelectorAll('meta[name=words]')].map(({ content }) => JSON.parse(content)))

/** A sentence with its placeholders filled. */
export const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_placeholder, name) => values[name])

const { lang } = document.documentElement
const baseOf = tag => tag.split('-')[0]

/** The page's language as the reader's region writes numbers and times. */
export const LOCALE = navigator.languages.find(tag => baseOf(tag) === baseOf(lang)) ?? lang
