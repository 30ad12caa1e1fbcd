/** Mutants that change the requests or answers of one method. */
import { rewriteApi, type Mutant } from './mutant.ts'

/** Changes the request of a method before it reaches the server. */
export const asking = (method: string, change: (query: URLSearchParams) => void): NonNullable<Mutant['request']> => ({ query }) => {
  if (query.get('method')?.toLowerCase() === method.toLowerCase()) change(query)
  return undefined
}

/** Removes parameters of a method before they reach the server. */
export const without = (method: string, ...names: readonly string[]): NonNullable<Mutant['request']> => asking(method, query => { for (const name of names) query.delete(name) })

/** Changes the answer of a method. */
export const answering = (method: string, change: (text: string, query: URLSearchParams) => string): NonNullable<Mutant['answer']> =>
  rewriteApi((text, { query }) => query.get('method')?.toLowerCase() === method.toLowerCase() ? change(text, query) : text)

export const okOf = (method: string): string => `<?xml version="1.0" encoding="UTF-8"?>\n<result method="${method}" status="ok">\n</result>\n`

/** Answers a refusal of a method with one of the codes as a success. */
export const lenient = (method: string, ...codes: readonly number[]): NonNullable<Mutant['answer']> =>
  answering(method, text => codes.some(code => text.includes(`<error code="${code}" `)) && text.includes('status="fail"') ? okOf(method) : text)
