/** What clients should send for a kind of parameter, as data: `pattern` is of the whole value, `values` are the only ones. */
export type KindForm =
  { readonly type: 'string', readonly pattern?: string, readonly maxItems?: number } |
  { readonly type: 'integer', readonly minimum: number, readonly maximum: number, readonly values?: readonly number[] }

/** A text with something to see in it. */
export const VISIBLE = '.*\\S.*'
/** An id of a file or a folder. */
export const ID = '[a-z0-9]{6}'
/** The address of a page. */
export const LINK = 'https?://.+'
/** A mail address. */
export const ADDRESS = '[^@\\s,]+@[^@\\s,]+'
