/** Replaces secrets by hashes. Within one journal the same secret has the same hash, so that exchanges can be related. */
import { createHmac } from 'node:crypto'
import { SECRETS_IN_PATHS } from '../../domain/url-paths.ts'
import { isSecretName } from '../traffic/secret-names.ts'

export interface SecretMasker {
  /** The hash of a secret. */
  hash (secret: string): string
  /** The value of a parameter or field, hashed when it is secret. */
  value (name: string, value: string): string
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

/** `key` keys the hashes, so that passwords cannot be guessed from them. */
export function createSecretMasker (key: Buffer): SecretMasker {
  const hash = (secret: string) => `hash:${createHmac('sha256', key).update(secret).digest('hex').slice(0, 12)}`
  return {
    hash,
    value: (name, value) => value !== '' && isSecretName(name) ? hash(value) : value,
    text: text => SECRET_PATTERNS.reduce((masked, place) => masked.replace(place, (whole, before: string, secret: string) =>
      secret.startsWith('hash:') ? whole : before + hash(secret)), text)
  }
}
