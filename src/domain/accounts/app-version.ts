/** Versions of calling programs. Their form is up to the program (the guide): the first dotted number counts. */

/** The oldest version allowed, by API key; '*' stands for all other keys. */
export type MinimumVersions = ReadonlyMap<string, string>

/** `1.4`, or `KEY=1.4,OTHER=2.0`, or both mixed; undefined for any other text. */
export function readMinimum (text: string): MinimumVersions | undefined {
  const minimum = new Map<string, string>()
  for (const item of text.split(',')) {
    const [, key = '*', version = ''] = /^\s*(?:([A-Z0-9]{10})\s*=\s*)?(\d{1,9}(?:\.\d{1,9})*)\s*$/.exec(item) ?? []
    if (version === '' || minimum.has(key)) return undefined
    minimum.set(key, version)
  }
  return minimum
}

/** Whether a program is too old; false when its version is missing or has no number. */
export function isOutdated (sent: string, apiKey: string, minimum: MinimumVersions): boolean {
  const least = minimum.get(apiKey) ?? minimum.get('*')
  const version = /\d+(?:\.\d+)*/.exec(sent)?.[0]
  return least !== undefined && version !== undefined && isLower(version.split('.'), least.split('.'))
}

function isLower (version: readonly string[], least: readonly string[]): boolean {
  for (let i = 0; i < Math.max(version.length, least.length); i++) {
    const [a, b] = [Number(version[i] ?? 0), Number(least[i] ?? 0)]
    if (a !== b) return a < b
  }
  return false
}
