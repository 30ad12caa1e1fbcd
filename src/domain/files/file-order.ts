/** How a list of files is sorted. */
export interface FileOrder {
  readonly by: 'name' | 'size' | 'date'
  readonly isDescending: boolean
}

/** Files on one page of a list. */
export const PAGE_ROWS = 200

/** A page of a list, from 1. The links of a long one also name the file before its first or behind its last one: to that the database leads at once. */
export interface AskedPage {
  readonly page: number
  readonly after?: string | undefined
  readonly before?: string | undefined
}

/** One page of a longer list. */
export interface FilePage<F> {
  readonly files: readonly F[]
  /** From 1; the last page when a later one was requested. */
  readonly page: number
  readonly pages: number
  /** Files on all pages. */
  readonly total: number
  /** The first and the last file on it, in a list so long that its links name them. */
  readonly ends?: { readonly first: string, readonly last: string } | undefined
}

/** The same page when other items are listed with the files, as many per page: there may be more pages than the files fill. */
export function withOthers<F> (list: FilePage<F>, others: number, asked: number): FilePage<F> {
  const pages = Math.max(list.pages, Math.ceil(others / PAGE_ROWS))
  const page = Math.min(asked, pages)
  return { ...list, files: page > list.pages ? [] : list.files, page, pages }
}

const NAMES = new Intl.Collator('en', { numeric: true })

/** By name in natural order: `2.txt` before `10.txt`. */
export const compareNames = (a: string, b: string): number => NAMES.compare(a, b)
