import { networkOf } from '../accounts/guess-limit.ts'
import type { Vault } from '../vault.ts'

/** Stands for the network of an address in a row: equal for equal ones, and nobody reads the address from it. '' for no address. */
export const addressKey = (vault: Vault, address: string): string =>
  address === '' ? '' : vault.sign('address', networkOf(address).replaceAll('\0', '')).toString('hex').slice(0, 32)
