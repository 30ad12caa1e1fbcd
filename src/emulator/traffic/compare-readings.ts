/** Differences between the lenient reader of this server and a strict one for the same form. */
import { wholeFileName } from '../../domain/files/file-name.ts'
import type { Lint } from './lint.ts'
import type { ReadForm, ReadPart, StrictReading } from './strict-reader.ts'

const MAX_LINTS = 5

export function compareReadings ({ parts: ours, linesEndWith }: ReadForm, { parts, problem }: StrictReading): Lint[] {
  const why = linesEndWith === 'LF' ? ': its lines end with LF, and must end with CRLF' : ''
  if (problem !== undefined) return [lint('form', `a strict reader refuses the form: ${problem}${why}`)]
  const [known, theirs] = [ours.filter(isThere), parts.filter(isThere)]
  if (known.length !== theirs.length) return [lint('form', `a strict reader finds ${theirs.length} of ${known.length} parts${why}${why === '' ? missingName(known, theirs) : ''}`)]
  // Busboy accepts it; other readers ignore it, or refuse the form.
  if (known.some(({ name }) => name === '')) return [lint('form', 'a part has no name in its Content-Disposition: a strict reader drops it')]
  return known.flatMap((part, i) => differenceOf(part, theirs[i] ?? part)).slice(0, MAX_LINTS)
}

/** Browsers send a file without name and bytes when none was chosen. */
const isThere = ({ name, fileName, size, value }: ReadPart): boolean => !(fileName === '' && size === 0) && !(name === '' && fileName === undefined && value === '')

function missingName (known: readonly ReadPart[], theirs: readonly ReadPart[]): string {
  const missing = known.find(({ name }) => !theirs.some(part => part.name.toLowerCase() === name))
  return missing === undefined ? '' : `: ${missing.name === '' ? 'a part has no name' : `${missing.name} is missing`}`
}

function differenceOf (ours: ReadPart, strict: ReadPart): Lint[] {
  const name = ours.name === '' ? 'form' : ours.name
  if (ours.name !== strict.name.toLowerCase()) return [lint(name, `a strict reader reads the field ${quoted(ours.name)} as ${quoted(strict.name)}`)]
  if ((ours.fileName === undefined) !== (strict.fileName === undefined)) return [lint(name, `a strict reader takes ${name} for a ${strict.fileName === undefined ? 'field' : 'file'}, since its Content-Disposition is unusual`)]
  if (ours.fileName !== undefined && plainName(ours.fileName) !== plainName(strict.fileName ?? '')) return [lint(name, `a strict reader reads the file name ${quoted(ours.fileName)} as ${quoted(strict.fileName ?? '')}`)]
  if (ours.size !== strict.size) return [lint(name, `a strict reader reads ${strict.size} bytes of ${name}, not ${ours.size}`)]
  // The value of a field may be a secret.
  return ours.value === strict.value ? [] : [lint(name, `a strict reader reads another value of ${name}`)]
}

/** Browsers encode a quote and a line break in a name; other servers keep the encoding, or decode it later. */
const plainName = (name: string): string => wholeFileName(name.replaceAll('%22', '"').replace(/%0[da]/gi, ''))

const quoted = (text: string): string => JSON.stringify(text.slice(0, 100))

const lint = (name: string, problem: string): Lint => ({ kind: 'strict-parser', name, problem })
