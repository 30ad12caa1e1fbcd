/** A certificate authority that lives in the memory of this process only: no key of it is ever on a disk. */
import type { KeyPair } from '../../ports.ts'
import { makeAuthority, sign } from './issue-certificates.ts'
import { encodePermitted } from './name-constraints.ts'

export interface ThrowawayAuthority {
  /** Its certificate, PEM. */
  readonly cert: string
  /** The certificate that it has signed, with its key. */
  readonly pair: KeyPair
}

/** For these host names alone, also such as `*.example.com`; the key that signs is forgotten. `now` is in milliseconds. */
export async function makeThrowawayAuthority (names: readonly string[], now: number): Promise<ThrowawayAuthority> {
  const authority = await makeAuthority(encodePermitted(names.map(name => name.replace(/^\*\./, ''))), now)
  return { cert: authority.cert, pair: await sign(authority, names, now) }
}
