let format: Intl.DateTimeFormat | undefined

/** Created on first use: it loads the history of a time zone, which takes a tenth of a start. */
const makeFormat = () => new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/New_York',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit'
})

/** `YYYY/MM/DD HH:MM:SS` in US Eastern time, daylight saving included (observed in versions 1.1 and 1.2). */
export function easternTime (milliseconds: number): string {
  format ??= makeFormat()
  const parts = Object.fromEntries(format.formatToParts(milliseconds).map(({ type, value }) => [type, value]))
  return `${parts.year}/${parts.month}/${parts.day} ${parts.hour}:${parts.minute}:${parts.second}`
}
