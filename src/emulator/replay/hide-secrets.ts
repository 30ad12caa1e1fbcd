/** Replaces secrets by placeholders: found by name or path first, and then wherever the same text occurs. */
import { escapeXml } from '../../xml.ts'
import { mayBeSecretName } from '../traffic/secret-names.ts'
import { PLACEHOLDER, placeholderOf } from './placeholders.ts'

export interface SecretHider {
  /** The value of a parameter, field or header, unescaped. */
  value (name: string, value: string): string
  /** A URL, XML, HTML, JSON or any other text. */
  text (text: string): string
}

/** Each captures a name, the text before the secret, and the secret. */
const NAMED_PLACES: readonly RegExp[] = [
  /(?<before><(?<name>[\w.-]+)>)(?<secret>[^<]+)(?=<)/g,
  /(?<before>\s(?<name>[\w.-]+)=")(?<secret>[^"]+)(?=")/g,
  /(?<before>\bname="(?<name>[\w.-]+)"[^<>]*?\svalue=")(?<secret>[^"]+)(?=")/g,
  /(?<before>(?:^|[?&;\s])(?<name>[\w.-]+)=)(?<secret>[^&"'<>\s;]+)/g,
  /(?<before>"(?<name>[\w.-]+)"\s*:\s*")(?<secret>(?:[^"\\]|\\.)+)(?=")/g
]

/** Path segments that are secret by their position, and those that look like a hash. */
const SECRETS_IN_PATHS: ReadonlyArray<readonly [string, RegExp]> = [
  ['delete_code', /(?<before>\/delete\/[^/?#"'<>\s&]+\/)(?<secret>[^/?#"'<>\s&]+)/g],
  ['edit_code', /(?<before>\/edit\/[^/?#"'<>\s&]+\/)(?<secret>[^/?#"'<>\s&]+)/g],
  ['setup_code', /(?<before>\/setup\/)(?<secret>[^/?#"'<>\s&]{8,})/g],
  ['upload_id', /(?<before>\/tus\/)(?<secret>[^/?#"'<>\s&]{8,})/g],
  ['request_id', /(?<before>\/request\/)(?<secret>[^/?#"'<>\s&]{8,})/g],
  ['link', /(?<before>\/(?:dl|view)\/)(?<secret>[^/?#"'<>\s&]{8,})/g],
  ['link', /(?<before>\/)(?<secret>(?=[a-f]*\d)[0-9a-f]{16,})(?=[/?#"'<>\s&]|$)/g]
]

/** These are flags rather than secrets: `password="1"` says that a password is set. */
const NO_SECRET = /^(?:\d|true|false|yes|no|ok|expired|null)$/i
/** Shorter secrets are replaced only under their names: `demo` is also an ordinary word. */
const SHORTEST_ELSEWHERE = 8
/** Further secrets are still replaced, but no longer linked. */
const MAX_SECRETS = 20_000

export function createSecretHider (): SecretHider {
  const known = new Map<string, string>()
  const counts = new Map<string, number>()
  /** The written forms of long secrets, with their placeholders; the longest come first. */
  let variants: Array<readonly [string, string]> = []

  function hide (kind: string, secret: string): string {
    if (secret === '' || NO_SECRET.test(secret) || secret.replace(PLACEHOLDER, '') === '') return secret
    const found = known.get(secret)
    if (found !== undefined) return found
    if (known.size >= MAX_SECRETS) return placeholderOf(kind, 0, secret)
    const number = (counts.get(kind) ?? 0) + 1
    counts.set(kind, number)
    const placeholder = placeholderOf(kind, number, secret)
    known.set(secret, placeholder)
    if (secret.length >= SHORTEST_ELSEWHERE) {
      const written = new Set([secret, escapeXml(secret), encodeURIComponent(secret)])
      variants = [...variants, ...[...written].map(each => [each, placeholder] as const)].sort(([a], [b]) => b.length - a.length)
    }
    return placeholder
  }

  const hideKnown = (text: string): string => variants.reduce((hidden, [secret, placeholder]) => hidden.includes(secret) ? hidden.replaceAll(secret, placeholder) : hidden, text)

  function text (given: string): string {
    let hidden = given
    for (const place of NAMED_PLACES) {
      hidden = hidden.replace(place, (whole: string, ...found: unknown[]) => {
        const { before = '', name = '', secret = '' } = found.at(-1) as Readonly<Record<string, string>>
        return mayBeSecretName(name) ? before + hide(name, plain(secret)) : whole
      })
    }
    for (const [kind, place] of SECRETS_IN_PATHS) {
      hidden = hidden.replace(place, (_whole: string, ...found: unknown[]) => {
        const { before = '', secret = '' } = found.at(-1) as Readonly<Record<string, string>>
        return before + hide(kind, plain(secret))
      })
    }
    return hideKnown(hidden)
  }

  return {
    value (name, value) {
      if (/^(?:set-)?cookie$/i.test(name)) {
        return value.replace(/(^|;\s*)([^=;\s]+)=([^;]+)/g, (whole, before: string, cookie: string, secret: string, at: number) =>
        // After the first pair, Set-Cookie has only attributes.
          name.length > 6 && at > 0 ? whole : `${before}${cookie}=${hide('cookie', secret)}`)
      }
      return mayBeSecretName(name) ? hide(name, value) : text(value)
    },
    text
  }
}

/** The text as it is outside of XML and URLs. */
function plain (written: string): string {
  const unescaped = written.replace(/&(amp|lt|gt|quot|apos|#39);/g, (_whole, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"' })[name] ?? "'")
  try {
    return decodeURIComponent(unescaped)
  } catch {
    return unescaped
  }
}
