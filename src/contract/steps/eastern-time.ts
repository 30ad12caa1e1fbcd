/** Times as written in 1.1 and 1.2: `YYYY/MM/DD HH:MM:SS` in US Eastern time. */

const FORMAT = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/New_York', hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit'
})
const HOUR = 60 * 60 * 1000

export function writeEastern (moment: number): string {
  const parts = Object.fromEntries(FORMAT.formatToParts(moment).map(({ type, value }) => [type, value]))
  return `${parts.year ?? ''}/${parts.month ?? ''}/${parts.day ?? ''} ${parts.hour ?? ''}:${parts.minute ?? ''}:${parts.second ?? ''}`
}

/** In Unix milliseconds; NaN for text in another form. In the repeated hour of autumn, the later one. */
export function readEastern (text: string): number {
  const fields = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d):(\d\d):(\d\d)$/.exec(text)
  if (fields === null) return Number.NaN
  const [, year, month, day, hour, minute, second] = fields.map(Number)
  const asIfUtc = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second)
  return [5, 4].map(behind => asIfUtc + behind * HOUR).find(moment => writeEastern(moment) === text) ?? Number.NaN
}
