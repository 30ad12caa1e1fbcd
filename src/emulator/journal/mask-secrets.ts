/** Replaces secrets by hashes. Within one journal the same secret has the same hash, so that exchanges can be related. */
import { createHmac } from 'node:crypto'
import { SECRETS_IN_PATHS } from '../../domain/url-paths.ts'
import { isSecretName } from '../traffic/secret-names.ts'

export interface SecretMasker {
  /** The hash of a secret. */
  hash (secret: string): string
  /** The value of a parameter or field, hashed when it is secret. */
  value (name: string, value: string): string
  /** The value of a header, hashed when it is secret; the scheme of credentials and the names of cookies stay readable. */
  header (name: string, value: string): string
  /** A path or an answer with its secrets hashed. */
  text (text: string): string
}

/** Each captures the text before a secret, and the secret. */
const SECRET_PATTERNS = [
  /(<(?:session_key|token)>)([^<]+)/g,
  /(\s(?:password|extra_info|upload_identifier)=")([^"]+)/g,
  /(\b(?:upload_identifier|session_key|token|tokened_password|password|extra_info)=)([^&"'<>\s]+)/gi,
  ...SECRETS_IN_PATHS
]

/** Custom headers in any spelling: X-Api-Key, X-Session, X-CSRF-Token. */
const SECRET_HEADER = /(?:^|[-_])(?:auth|credentials?|key|passw(?:or)?d|secret|session|signature|token)(?:[-_]|$)/

/** Whether the whole value of this header is kept as a hash. */
export const isSecretHeader = (name: string): boolean => SECRET_HEADER.test(name.toLowerCase())

/** `key` keys the hashes, so that passwords cannot be guessed from them. */
export function createSecretMasker (key: Buffer): SecretMasker {
  const hash = (secret: string) => `hash:${createHmac('sha256', key).update(secret).digest('hex').slice(0, 12)}`
  const replace = (text: string, pattern: RegExp, decode = (secret: string) => secret) =>
    text.replace(pattern, (whole, before: string, secret: string) => secret.startsWith('hash:') ? whole : before + hash(decode(secret)))
  const text = (open: string) => SECRET_PATTERNS.reduce((masked, place) => replace(masked, place), open)
  const value = (name: string, open: string) => open !== '' && isSecretName(name) ? hash(open) : open

  return {
    hash,
    value,
    text,
    header (name, open) {
      switch (name.toLowerCase()) {
        case 'authorization':
        case 'proxy-authorization': return replace(open, /^(\s*(?:[\w-]+ +)?)(\S.*)$/s)
        case 'cookie': return replace(open, /((?:^|;)[^=;]*=)([^;]+)/g)
        case 'upload-metadata': return open.split(',').map(pair => {
          const [, before = '', key = '', encoded = ''] = /^(\s*(\S+)\s+)(\S+)\s*$/.exec(pair) ?? []
          return isSecretName(key) && !encoded.startsWith('hash:') ? before + hash(Buffer.from(encoded, 'base64').toString('utf8')) : pair
        }).join(',')
        default: return open !== '' && isSecretHeader(name) && !open.startsWith('hash:') ? hash(open) : text(open)
      }
    }
  }
}
