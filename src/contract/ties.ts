/** Which sentences of the contract a check judges. */

/** Ids of sentences in docs/contract/ by the id of a check. */
const TIES: Readonly<Record<string, readonly string[]>> = {}

export const lawOf = (check: string): readonly string[] => TIES[check] ?? []

/** Where a sentence stands. */
export const linkTo = (sentence: string): string => {
  const [page = '', anchor = ''] = sentence.split('/')
  return `docs/contract/${page}.md#${anchor}`
}
