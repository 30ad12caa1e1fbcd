import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'

/**
 * Encrypts secrets that must be readable again (the protocol needs md5(password), owners see the passwords of their files)
 * and signs links. `purpose` binds a sealed text to its use: a text sealed for one purpose cannot be opened for another.
 */
export interface Vault {
  /** AES-256-GCM; the text form is `v1.` and base64url of nonce, tag and ciphertext. */
  seal (text: string, purpose: string): string
  /** Throws when the text was not sealed with this key for this purpose. */
  open (sealed: string, purpose: string): string
  /** HMAC-SHA256 over the parts, 32 bytes. No part may contain a NUL. */
  sign (...parts: string[]): Buffer
}

/** A vault from a 32-byte key. `nonce` must give 12 bytes that never repeat. */
export function createVault (key: Buffer, nonce: () => Buffer): Vault {
  const derive = (use: string) => Buffer.from(hkdfSync('sha256', key, '', `respace ${use}`, 32))
  const sealKey = derive('seal')
  const signKey = derive('sign')

  return {
    seal (text, purpose) {
      const iv = nonce()
      const cipher = createCipheriv('aes-256-gcm', sealKey, iv).setAAD(Buffer.from(purpose))
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return 'v1.' + Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url')
    },
    open (sealed, purpose) {
      if (!sealed.startsWith('v1.')) throw new Error('a sealed text begins with "v1."')
      const bytes = Buffer.from(sealed.slice(3), 'base64url')
      // A base64url text must have one spelling only: a one-time text must not be usable twice.
      if (bytes.toString('base64url') !== sealed.slice(3)) throw new Error('a sealed text is written in base64url, in one way')
      const decipher = createDecipheriv('aes-256-gcm', sealKey, bytes.subarray(0, 12), { authTagLength: 16 })
        .setAAD(Buffer.from(purpose))
        .setAuthTag(bytes.subarray(12, 28))
      return decipher.update(bytes.subarray(28)).toString('utf8') + decipher.final('utf8')
    },
    sign: (...parts) => createHmac('sha256', signKey).update(parts.join('\0')).digest()
  }
}
