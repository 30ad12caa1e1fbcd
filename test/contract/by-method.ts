/** Mutants that change what one method is asked or answers. */
import { rewriteApi, type Mutant } from './mutant.ts'

/** What a method is asked, changed before it reaches the server. */
export const asking = (method: string, change: (query: URLSearchParams) => void): NonNullable<Mutant['request']> => ({ query }) => {
  if (query.get('method')?.toLowerCase() === method.toLowerCase()) change(query)
  return undefined
}

/** Parameters of a method never reach the server. */
export const without = (method: string, ...names: readonly string[]): NonNullable<Mutant['request']> => asking(method, query => { for (const name of names) query.delete(name) })

/** What a method answers, changed. */
export const answering = (method: string, change: (text: string, query: URLSearchParams) => string): NonNullable<Mutant['answer']> =>
  rewriteApi((text, { query }) => query.get('method')?.toLowerCase() === method.toLowerCase() ? change(text, query) : text)

export const okOf = (method: string): string => `<?xml version="1.0" encoding="UTF-8"?>\n<result method="${method}" status="ok">\n</result>\n`

/** A refusal of a method with one of the codes is told as done. */
export const lenient = (method: string, ...codes: readonly number[]): NonNullable<Mutant['answer']> =>
  answering(method, text => codes.some(code => text.includes(`<error code="${code}" `)) && text.includes('status="fail"') ? okOf(method) : text)
