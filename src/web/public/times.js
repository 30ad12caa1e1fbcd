/** Times in the reader's language and time zone. The server writes them in UTC. */
import { LOCALE } from './words.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const short = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'short' })
const day = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium' })
const whole = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'full', timeStyle: 'long' })
const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto' })

/** How long ago, up to a week; then the date. A clock that differs a little from the server's makes nothing future. */
export function agoText (then, now = Date.now()) {
  const age = Math.max(0, now - then)
  if (then - now > 5 * MINUTE) return short.format(then)
  if (age < MINUTE) return relative.format(0, 'second')
  if (age < HOUR) return relative.format(-Math.floor(age / MINUTE), 'minute')
  if (age < DAY) return relative.format(-Math.floor(age / HOUR), 'hour')
  if (age < 7 * DAY) return relative.format(-daysBetween(then, now), 'day')
  return day.format(then)
}

/** Of the calendar: the evening before is yesterday. */
const daysBetween = (then, now) => Math.max(1, Math.round((new Date(now).setHours(0, 0, 0, 0) - new Date(then).setHours(0, 0, 0, 0)) / DAY))

/** Writes the times of a part of the page. Those marked `data-ago` are kept right by `keepTimesRight`. */
export function localizeTimes (root) {
  for (const time of root.querySelectorAll('time[datetime]')) {
    const then = Date.parse(time.dateTime)
    const text = time.dataset.ago === undefined ? short.format(then) : agoText(then)
    if (time.textContent !== text) time.textContent = text
    time.title ||= whole.format(then)
  }
}

/** However long the page is open, and after it was out of sight or came from the browser's cache. */
export function keepTimesRight () {
  const renew = () => { if (!document.hidden) localizeTimes(document) }
  renew()
  setInterval(renew, MINUTE / 4)
  document.addEventListener('visibilitychange', renew)
  addEventListener('pageshow', renew)
}
