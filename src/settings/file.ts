/** The settings file: YAML, or JSON. Every value is read as text, as on the command line. */
import { readFile } from 'node:fs/promises'
import { reasonOf } from '../domain/as-error.ts'

export interface SettingsFile {
  readonly path: string
  /** By key; a list becomes a text with commas. */
  readonly settings: Readonly<Record<string, string>>
  /** By plan, then by key. */
  readonly plans: Readonly<Record<string, unknown>>
  readonly problems: readonly string[]
}

/** Never throws: errors in the file are reported together with all others. */
export async function readSettingsFile (path: string): Promise<SettingsFile> {
  const problems: string[] = []
  const { plans: sent = '', ...values } = await readMap(path, problems)
  const plans = sent === '' ? {} : sent
  if (!isMap(plans)) problems.push(`${path}: plans: expected plans by name`)
  const settings: Record<string, string> = {}
  for (const [key, value] of Object.entries(values)) {
    if (isMap(value)) problems.push(`${path}: ${key}: expected a value`)
    else settings[key] = Array.isArray(value) ? value.join(',') : String(value ?? '')
  }
  return { path, settings, plans: isMap(plans) ? plans : {}, problems }
}

async function readMap (path: string, problems: string[]): Promise<Readonly<Record<string, unknown>>> {
  let text
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    problems.push(`the settings file cannot be read: ${reasonOf(error)}`)
    return {}
  }
  // Loaded here: most servers have no such file, and start faster without this package.
  const { parseDocument } = await import('yaml')
  // `failsafe` keeps texts as they are: 0123456789 is an API key, not a number.
  const document = parseDocument(text.replace(/^\uFEFF/, ''), { schema: 'failsafe' })
  // The first line only: the others repeat the file, which may contain secrets.
  problems.push(...document.errors.map(error => `${path}: ${error.message.split('\n')[0]?.replace(/:$/, '')}`))
  if (document.errors.length > 0) return {}
  try {
    const content: unknown = document.toJS()
    if (isMap(content)) return content
    if (content !== null) problems.push(`${path}: expected settings as lines such as "port: 8080"`)
  } catch (error) {
    problems.push(`${path}: ${reasonOf(error)}`)
  }
  return {}
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
