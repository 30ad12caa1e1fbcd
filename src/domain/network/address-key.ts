import { networkOf } from '../accounts/guess-limit.ts'
import type { Vault } from '../vault.ts'

/** A keyed hash of an address's network, for rows: equal for equal networks, and the address cannot be read from it. '' for no address. */
export const addressKey = (vault: Vault, address: string): string =>
  address === '' ? '' : vault.sign('address', networkOf(address).replaceAll('\0', '')).toString('hex').slice(0, 32)
