import { unescape } from 'node:querystring'
import type { AskedPage } from '../../domain/files/file-order.ts'
import { isShortId } from '../../domain/identifiers.ts'

/** Parameters beyond this are ignored. */
export const MAX_PARAMETERS = 1000

/**
 * Reads a query or an urlencoded body: names in lower case, the last of a repeated name. `+` and `%20` are spaces, a
 * malformed `%` sequence is taken literally, invalid UTF-8 becomes U+FFFD (wire contract, section 1).
 */
export function readQuery (text: string): Map<string, string> {
  const values = new Map<string, string>()
  eachParameter(text, (name, value) => { values.set(name, value) })
  return values
}

/** Reads as above, and takes each parameter as often as it is there. */
export function eachParameter (text: string, take: (name: string, value: string) => void): void {
  for (const pair of text.split('&', MAX_PARAMETERS)) {
    const sign = pair.indexOf('=')
    const name = sign === -1 ? pair : pair.slice(0, sign)
    if (name !== '') take(decode(name).toLowerCase(), sign === -1 ? '' : decode(pair.slice(sign + 1)))
  }
}

/** The query of a request's URL, read as above. */
export function queryOf (url: string): Map<string, string> {
  const mark = url.indexOf('?')
  return readQuery(mark === -1 ? '' : url.slice(mark + 1))
}

/** The page of a list in a query or a form, from 1. */
export function pageOf (values: ReadonlyMap<string, string>): number {
  const page = Math.floor(Number(values.get('page')))
  return page >= 1 && Number.isSafeInteger(page) ? page : 1
}

/** The same with the file beside it, which links of long lists name. */
export function askedPageOf (values: ReadonlyMap<string, string>): AskedPage {
  const idOf = (name: string): string | undefined => {
    const id = values.get(name) ?? ''
    return isShortId(id) ? id : undefined
  }
  return { page: pageOf(values), after: idOf('after'), before: idOf('before') }
}

/** One search answers for most: there is nothing to decode. */
const decode = (text: string): string => /[+%]/.test(text) ? unescape(text.replaceAll('+', ' ')) : text
