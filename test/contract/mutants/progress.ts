import { rewrite, type MutableRequest, type Mutant } from '../mutant.ts'

/** Rewrites a progress; requests are not read, because an upload would then be complete before it is sent on. */
const ofProgress = (change: (text: string, request: Pick<MutableRequest, 'method' | 'path' | 'query'>) => string): NonNullable<Mutant['answer']> =>
  rewrite((text, request) => text.includes('<progress>') ? change(text, request) : text)

const ticketOf = ({ query }: Pick<MutableRequest, 'query'>): string => query.get('UPLOAD_IDENTIFIER') ?? query.get('amp;UPLOAD_IDENTIFIER') ?? ''
const numberIn = (text: string, name: string): number => Number(new RegExp(`<${name}>(\\d+)<`).exec(text)?.[1])
const withNumber = (text: string, name: string, value: number): string => text.replace(new RegExp(`(<${name}>)\\d+`), `$1${Math.round(value)}`)
const zeros = (text: string): string => ['speed', 'uploaded_bytes', 'total_size', 'meter'].reduce((changed, name) => withNumber(changed, name, 0), text)

export const progressMutants: readonly Mutant[] = [
  { name: 'waiting is a failure', kills: ['progress/waiting', 'progress/poll-ends'], answer: ofProgress(text => numberIn(text, 'uploaded_bytes') === 0 ? text.replace('>ok<', '>fail<') : text) },
  { name: 'total_size is that of the file', kills: ['progress/running'], answer: ofProgress(text => text.includes('>ok<') ? withNumber(text, 'total_size', 400_000) : text) },
  { name: 'bytes are told at the end', kills: ['progress/running', 'progress/no-length'], answer: ofProgress(text => text.includes('>ok<') ? withNumber(text, 'uploaded_bytes', 0) : text) },
  { name: 'done stays at 99', kills: ['progress/done', 'progress/no-length', 'progress/remembered'], answer: ofProgress(text => text.replace('<meter>100<', '<meter>99<')) },
  { name: 'broken uploads stay ok', kills: ['progress/failed', 'progress/poll-ends'], answer: ofProgress(text => text.replace('>fail<', '>ok<')) },
  {
    name: 'bytes are counted anew now and then',
    kills: ['progress/never-back'],
    answer: ofProgress(text => {
      isHalf = !isHalf
      return withNumber(text, 'uploaded_bytes', numberIn(text, 'uploaded_bytes') / (isHalf ? 2 : 1))
    })
  },
  { name: 'more bytes than there are', kills: ['progress/never-back'], answer: ofProgress(text => withNumber(text, 'uploaded_bytes', numberIn(text, 'uploaded_bytes') * 1.01)) },
  { name: 'meter is rounded', kills: ['progress/hundred-only-done'], answer: ofProgress(text => text.replace('<meter>99<', '<meter>100<')) },
  {
    name: 'counters of a ticket go on',
    kills: ['progress/anew'],
    answer: ofProgress((text, request) => {
      const most = Math.max(mostOf.get(ticketOf(request)) ?? 0, numberIn(text, 'uploaded_bytes'))
      mostOf.set(ticketOf(request), most)
      return withNumber(text, 'uploaded_bytes', most)
    })
  },
  {
    name: 'a refused upload begins anew',
    kills: ['progress/refused-untouched'],
    answer: rewrite((text, request) => {
      if (text.startsWith('upload_status=fail')) refused.add(ticketOf(request))
      return text.includes('<progress>') && refused.has(ticketOf(request)) ? zeros(text) : text
    })
  },
  { name: 'without a length there is no total', kills: ['progress/no-length'], answer: ofProgress(text => numberIn(text, 'uploaded_bytes') === numberIn(text, 'total_size') && text.includes('>ok<') ? withNumber(text, 'total_size', 0) : text) },
  {
    name: 'progress ends with the session',
    kills: ['progress/remembered'],
    answer: rewrite((text, { query }) => {
      hasLoggedOut ||= query.get('method') === 'auth.logout'
      return text.includes('<progress>') && hasLoggedOut ? zeros(text).replace('>done<', '>fail<') : text
    })
  },
  {
    name: 'progress is kept for ever',
    kills: ['progress/forgotten'],
    answer: ofProgress((text, request) => {
      if (text.includes('>done<')) kept.set(ticketOf(request), text)
      return kept.get(ticketOf(request)) ?? text
    })
  },
  { name: 'unknown tickets wait', kills: ['progress/unknown', 'progress/forgotten'], answer: ofProgress(text => numberIn(text, 'total_size') === 0 ? text.replace('>fail<', '>ok<') : text) },
  { name: 'unknown tickets are nothing', kills: ['progress/unknown'], answer: ofProgress(text => text.includes('>fail<') && numberIn(text, 'total_size') === 0 ? '' : text) },
  { name: 'progress is not posted', kills: ['progress/post'], answer: ofProgress((text, { method }) => method === 'POST' ? '' : text) },
  { name: 'amp; is not known', kills: ['progress/amp'], answer: ofProgress((text, { query }) => query.has('amp;UPLOAD_IDENTIFIER') ? zeros(text).replace('>done<', '>fail<') : text) },
  { name: 'speed in kilobytes', kills: ['progress/kilobits'], answer: ofProgress(text => withNumber(text, 'speed', numberIn(text, 'speed') / 8)) },
  { name: 'speed in bits', kills: ['progress/kilobits'], answer: ofProgress(text => withNumber(text, 'speed', numberIn(text, 'speed') * 1000)) },
  { name: 'elapsed in seconds', kills: ['progress/clock'], answer: ofProgress(text => text.replace(/<elapsed>00:00:(\d\d)/, '<elapsed>$1')) },
  { name: 'progress tells who uploads', kills: ['progress/no-names'], answer: ofProgress(text => text.replace('</progress>', '\t<user>demo</user>\n</progress>')) }
]

let isHalf = false
let hasLoggedOut = false
const mostOf = new Map<string, number>()
const refused = new Set<string>()
const kept = new Map<string, string>()
