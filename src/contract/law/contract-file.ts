/** The declarations as data, which is all the kit knows of the methods: docs/contract/contract.json, written by `npm run readme`. */
import { readFileSync } from 'node:fs'
import type { Contract } from '../../api/contract-format.ts'
import { packagePath } from '../../package-path.ts'

let read: Contract | undefined

export function readContract (): Contract {
  read ??= JSON.parse(readFileSync(packagePath('docs/contract/contract.json'), 'utf8')) as Contract
  return read
}
