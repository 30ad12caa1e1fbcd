/**
 * The name of a browser for its user. A table of our own: the packages that are kept (ua-parser-js, bowser) are ten to fifty times larger, since
 * they know models of phones and versions of engines, and the one that is most complete has a copyleft license. Unknown ones keep their own words.
 */

/** In this order: most browsers call themselves Chrome or Safari, too, and most systems are named after others. */
const BROWSERS: ReadonlyArray<readonly [RegExp, string]> = [
  [/\bEdg(?:e|A|iOS)?\/\d/, 'Edge'], [/\b(?:OPR|OPT|Opera)[ /]\d/, 'Opera'], [/\bSamsungBrowser\/\d/, 'Samsung Internet'], [/\bVivaldi\/\d/, 'Vivaldi'],
  [/\bYaBrowser\/\d/, 'Yandex Browser'], [/\bDuckDuckGo\/\d|\bDdg\/\d/, 'DuckDuckGo'], [/\bUCBrowser\/\d/, 'UC Browser'], [/\bBrave\/\d/, 'Brave'],
  [/\b(?:Focus|Klar)\/\d/, 'Firefox Focus'], [/\b(?:Firefox|FxiOS)\/\d/, 'Firefox'], [/\bHeadlessChrome\/\d/, 'Chrome (headless)'], [/\bCriOS\/\d/, 'Chrome'],
  [/\bChromium\/\d/, 'Chromium'], [/\bChrome\/\d/, 'Chrome'], [/\bEpiphany\/\d/, 'GNOME Web'], [/\bFalkon\/\d/, 'Falkon'], [/\bVersion\/[\d.]+.* Safari\/\d/, 'Safari'],
  [/\bTrident\/\d|\bMSIE \d/, 'Internet Explorer'], [/\bLynx\/\d/, 'Lynx'], [/\bw3m\/\d/, 'w3m'], [/^curl\/\d/, 'curl'], [/^Wget\/\d/, 'Wget']
]

const SYSTEMS: ReadonlyArray<readonly [RegExp, string]> = [
  [/\biPad\b/, 'iPad'], [/\biPhone\b|\biPod\b/, 'iPhone'], [/\bAndroid\b/, 'Android'], [/\bCrOS\b/, 'ChromeOS'], [/\bWindows Phone\b/, 'Windows Phone'],
  [/\bWindows\b/, 'Windows'], [/\bMac OS X\b|\bMacintosh\b/, 'macOS'], [/\b(?:Free|Open|Net)BSD\b/, 'BSD'], [/\bLinux\b|\bX11\b/, 'Linux']
]

const nameIn = (table: typeof BROWSERS, userAgent: string): string => table.find(([pattern]) => pattern.test(userAgent))?.[1] ?? ''

/** Of a `User-Agent`: '' for what it does not tell. */
export const browserOf = (userAgent: string): { readonly browser: string, readonly system: string } =>
  ({ browser: nameIn(BROWSERS, userAgent), system: nameIn(SYSTEMS, userAgent) })
