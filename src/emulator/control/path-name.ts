import { described, DocumentProblem } from '../../settings/document.ts'

/** A name in a path: of a sandbox or a snapshot. */
export const pathName = described<string>({ type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$' }, (value, at) => {
  if (typeof value === 'string' && /^[a-z0-9][a-z0-9_-]{0,39}$/i.test(value)) return value
  throw new DocumentProblem(at, 'expected up to 40 letters, digits, - and _')
})
