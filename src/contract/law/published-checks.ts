/** Which sentences of the contract a check judges, and its edition of the kit: docs/contract/checks.tsv, a line for each check ever published. */
import { readFileSync } from 'node:fs'
import { packagePath } from '../../package-path.ts'

export interface PublishedCheck {
  /** Ids of sentences. */
  readonly law: readonly string[]
  /** An edition never gets more checks: a run with a fixed edition does not fail because of a newer kit. */
  readonly edition: number
}

let published: ReadonlyMap<string, PublishedCheck> | undefined

/** By check id. */
export function publishedChecks (): ReadonlyMap<string, PublishedCheck> {
  published ??= new Map(readFileSync(packagePath('docs/contract/checks.tsv'), 'utf8').trimEnd().split('\n').map(line => {
    const [check = '', sentences = '', edition = ''] = line.split('\t')
    return [check, { law: sentences.split(',').filter(sentence => sentence !== ''), edition: Number(edition) }]
  }))
  return published
}

export const lawOf = (check: string): readonly string[] => publishedChecks().get(check)?.law ?? []

export const newestEdition = (): number => Math.max(...[...publishedChecks().values()].map(({ edition }) => edition))
