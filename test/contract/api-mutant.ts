/** Mutants of single calls, which the kit sends by GET. */
import { rewriteApi, type MutableAnswer, type MutableRequest, type Mutant } from './mutant.ts'

type Asked = Pick<MutableRequest, 'path' | 'query'>

/** Whether it is a call of this method; `files.*` matches several. */
export function isCall ({ path, query }: Asked, method: string): boolean {
  const name = (query.get('method') ?? '').toLowerCase()
  const wanted = method.toLowerCase()
  return /^\/rest\/?$/.test(path) && (wanted.endsWith('*') ? name.startsWith(wanted.slice(0, -1)) : name === wanted)
}

/** Changes the parameters of a call. */
export const asks = (method: string, change: (query: URLSearchParams) => void): NonNullable<Mutant['request']> => request => {
  if (isCall(request, method)) change(request.query)
  return undefined
}

/** Changes the answer of a call. */
export const answers = (method: string, change: (text: string, query: URLSearchParams) => string): NonNullable<Mutant['answer']> =>
  rewriteApi((text, request) => isCall({ ...request, path: '/rest/' }, method) ? change(text, request.query) : text)

/** Answers calls itself, with a failure or with the given content of `<result>`. */
export const answersItself = (method: string, inside: string | number, when: (query: URLSearchParams) => boolean = () => true): NonNullable<Mutant['request']> => request =>
  isCall(request, method) && when(request.query) ? answerOf(method, inside) : undefined

export function answerOf (method: string, inside: string | number): MutableAnswer {
  const [status, content] = typeof inside === 'number' ? ['fail', failure(inside)] : ['ok', inside]
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<result method="${method}" status="${status}">\n\t${content}\n</result>\n`
  return { status: 200, headers: [['content-type', 'text/xml; charset=utf-8']], body: Buffer.from(body) }
}

const failure = (code: number): string => `<error code="${code}" text="A mutant"/>`

/** Replaces the codes of failures by others. */
export const otherCodes = (method: string, codes: Readonly<Record<number, number>>): NonNullable<Mutant['answer']> =>
  answers(method, text => text.replace(/<error code="(\d+)"/, (_, code: string) => `<error code="${codes[Number(code)] ?? code}"`))

/** Turns failures with this code into successes. */
export const forgives = (method: string, code: number, inside: string): NonNullable<Mutant['answer']> =>
  answers(method, text => text.includes(`<error code="${code}"`) ? answerOf(method, inside).body.toString() : text)

/** Reverses adjacent children of this name. */
export const reversed = (text: string, element: string): string =>
  text.replace(new RegExp(`(?:\\t<${element} [^\\n]*\\n)+`, 'g'), lines => `${lines.trimEnd().split('\n').reverse().join('\n')}\n`)
