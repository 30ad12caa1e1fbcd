/** What a request may say of the state it knows, by RFC 9110: whether it is sent anything, and whether a range of it. Pure. */

/** Header names in lower case, as Node gives them. */
export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>

/** How a state is named: by an entity tag as it stands in the header, and by the time of its last change, Unix milliseconds. */
export interface Validator {
  readonly etag: string
  readonly changedAt: number
}

const CONDITIONS = ['if-match', 'if-none-match', 'if-unmodified-since', 'if-modified-since', 'if-range'] as const

export const isConditional = (request: RequestHeaders): boolean => CONDITIONS.some(name => request[name] !== undefined)

/**
 * A nginx or a store that sends the same bytes has names of its own for them: that of which the request speaks is the one that counts
 * for it, the first when it speaks of none.
 */
export function chooseValidator (request: RequestHeaders, first: Validator, others: readonly Validator[]): Validator {
  const tags = [...entityTags(request['if-match']), ...entityTags(request['if-none-match']), ...entityTags(request['if-range'])].map(({ tag }) => tag)
  const times = [request['if-unmodified-since'], request['if-modified-since'], request['if-range']].map(readHttpDate)
  return [first, ...others].find(({ etag }) => tags.includes(opaque(etag))) ??
    [first, ...others].find(({ changedAt }) => times.includes(wholeSeconds(changedAt))) ?? first
}

/** In the order of RFC 9110, section 13.2.2. */
export function judge (request: RequestHeaders, validator: Validator): 'send' | 'not modified' | 'failed' {
  const { 'if-match': match, 'if-none-match': noneMatch } = request
  const changedAt = wholeSeconds(validator.changedAt)
  if (match !== undefined) {
    if (!isAny(match) && !entityTags(match).some(({ isWeak, tag }) => !isWeak && `"${tag}"` === validator.etag)) return 'failed'
  } else {
    const since = readHttpDate(request['if-unmodified-since'])
    if (since !== undefined && changedAt > since) return 'failed'
  }
  if (noneMatch !== undefined) {
    return isAny(noneMatch) || entityTags(noneMatch).some(({ tag }) => tag === opaque(validator.etag)) ? 'not modified' : 'send'
  }
  const since = readHttpDate(request['if-modified-since'])
  return since !== undefined && changedAt <= since ? 'not modified' : 'send'
}

/** Whether the bytes that the client has are of this state, so that a range goes on with them. A weak tag says too little for that. */
export function isSameForRange ({ 'if-range': known }: RequestHeaders, { etag, changedAt }: Validator): boolean {
  if (typeof known !== 'string') return known === undefined
  const text = known.trim()
  return text === etag ? !text.startsWith('W/') : readHttpDate(text) === wholeSeconds(changedAt)
}

/** A header shows no milliseconds. */
const wholeSeconds = (time: number): number => Math.floor(time / 1000) * 1000

type Header = string | string[] | undefined

const isAny = (header: Header): boolean => String(header).trim() === '*'

const opaque = (etag: string): string => etag.replace(/^W\//, '').slice(1, -1)

interface EntityTag {
  readonly isWeak: boolean
  /** What stands between the quotes, in which commas may be. */
  readonly tag: string
}

/** Those of a list, up to what is none. */
function entityTags (header: Header): EntityTag[] {
  const text = String(header ?? '')
  const pattern = /[\t ,]*(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"(?=[\t ]*(?:,|$))/y
  const found: EntityTag[] = []
  for (let next = pattern.exec(text); next !== null; next = pattern.exec(text)) found.push({ isWeak: next[1] !== undefined, tag: next[2] ?? '' })
  return found
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const CLOCK = '(\\d\\d):(\\d\\d):(\\d\\d)'
/** The three forms of RFC 9110, section 5.6.7: day, month, year and time by place. */
const DATE_FORMS = [
  { pattern: new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\\d\\d) ([A-Z][a-z]{2}) (\\d{4}) ${CLOCK} GMT$`), places: [1, 2, 3, 4, 5, 6] },
  { pattern: new RegExp(`^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (\\d\\d)-([A-Z][a-z]{2})-(\\d\\d) ${CLOCK} GMT$`), places: [1, 2, 3, 4, 5, 6] },
  { pattern: new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([A-Z][a-z]{2}) ([ \\d]\\d) ${CLOCK} (\\d{4})$`), places: [2, 1, 6, 3, 4, 5] }
] as const

/** Unix milliseconds; undefined for what is no date, which counts as absent. */
export function readHttpDate (header: Header): number | undefined {
  if (typeof header !== 'string') return undefined
  const text = header.trim()
  for (const { pattern, places } of DATE_FORMS) {
    const found = pattern.exec(text)
    if (found === null) continue
    const [day = '', name = '', year = '', hour, minute, second] = places.map(place => found[place] ?? '')
    const month = MONTHS.indexOf(name)
    // Two digits are of the century in which the Unix time began, or of the next.
    const fullYear = year.length === 4 ? Number(year) : Number(year) + (Number(year) < 70 ? 2000 : 1900)
    const time = Date.UTC(fullYear, month, Number(day), Number(hour), Number(minute), Number(second))
    const isReal = month >= 0 && Number(hour) < 24 && Number(minute) < 60 && Number(second) <= 60 && new Date(Date.UTC(fullYear, month, Number(day))).getUTCDate() === Number(day)
    return isReal ? time : undefined
  }
  return undefined
}
