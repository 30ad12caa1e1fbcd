/** Which sentences of the contract a check judges: docs/contract/checks.tsv, a line for each check that was ever published. */
import { readFileSync } from 'node:fs'
import { packagePath } from '../package-path.ts'

let ties: ReadonlyMap<string, readonly string[]> | undefined

/** Ids of sentences by the id of a check. */
export function readTies (): ReadonlyMap<string, readonly string[]> {
  ties ??= new Map(readFileSync(packagePath('docs/contract/checks.tsv'), 'utf8').trimEnd().split('\n').map(line => {
    const [check = '', sentences = ''] = line.split('\t')
    return [check, sentences.split(',').filter(sentence => sentence !== '')]
  }))
  return ties
}

export const lawOf = (check: string): readonly string[] => readTies().get(check) ?? []

/** Where a sentence stands. */
export function linkTo (sentence: string): string {
  const [page = '', anchor = ''] = sentence.split('/')
  return `docs/contract/${page}.md#${anchor}`
}
