/** Where a sentence of the contract stands, by its id `page/anchor`: a path in the repository and in the package. */
export function linkTo (sentence: string): string {
  const [page = '', anchor = ''] = sentence.split('/')
  return `docs/contract/${page}.md#${anchor}`
}
