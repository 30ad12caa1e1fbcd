/**
 * A recording is a file in HAR 1.2, which browsers and HTTP tools read: a head in the first line, then one exchange per line, then the end. Each
 * exchange overwrites the end and writes a new one, so that the file is complete at any time. If a write was cut, by a full disk for example,
 * all complete lines can still be read.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { reasonOf } from '../../domain/as-error.ts'
import { DocumentProblem } from '../../settings/document.ts'
import { listAt, objectAt, readEntry, writeEntry, type HarEntry } from './har-entry.ts'

/** Maximum size of a file in bytes. */
const MAX_FILE = 256 * 1024 * 1024
const MAX_ENTRIES = 10_000
/** Bodies up to this many bytes are kept by default. */
export const DEFAULT_MAX_BODY = 1024 * 1024
/** The largest value of the option. */
export const LARGEST_BODY = 64 * 1024 * 1024
const VERSION = 1
const END = '\n]}}\n'

/** The head of a recording. */
export interface RecordingHead {
  /** The address of the recorded server. */
  readonly server: string
  /** Larger bodies are not kept, in bytes. */
  readonly maxBody: number
  /** The version of Respace. */
  readonly version: string
}

export interface RecordingFile {
  /** Writes an exchange; false when the file has reached its limit of bytes or entries. Throws when the disk fails. */
  add (entry: HarEntry): boolean
  close (): void
}

/** Creates a file; throws when it exists. `limits` are for tests. */
export function createRecordingFile (path: string, { server, maxBody, version }: RecordingHead, limits = { bytes: MAX_FILE, entries: MAX_ENTRIES }): RecordingFile {
  const file = openSync(path, 'wx', 0o600)
  const comment = `Secrets are replaced by SECRET.NAME.NUMBER.SHAPE. Of uploaded files, and of bodies over ${maxBody} bytes, only size and SHA-256 are kept.`
  const head = JSON.stringify({ version: '1.2', creator: { name: 'respace record', version }, comment, _recording: { version: VERSION, server, maxBody } })
  let entries = 0
  let length = 0

  function append (text: string): void {
    const bytes = Buffer.from(text + END)
    for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written, bytes.length - written, length + written)
    length += bytes.length - END.length
  }
  append(`{"log":${head.slice(0, -1)},"entries":[`)

  return {
    add (entry) {
      const line = `${entries === 0 ? '' : ','}\n${JSON.stringify(writeEntry(entry))}`
      if (entries >= limits.entries || length + Buffer.byteLength(line) + END.length > limits.bytes) return false
      append(line)
      entries++
      return true
    },
    close: () => { closeSync(file) }
  }
}

export interface Recording {
  readonly server: URL
  readonly entries: readonly HarEntry[]
  /** As in the head. */
  readonly maxBody: number
  /** Whether its end is complete. */
  readonly isWhole: boolean
}

/** Reads any HAR 1.2 file, including those of browsers. Throws DocumentProblem. */
export async function readRecording (path: string): Promise<Recording> {
  const problem = (sentence: string) => new DocumentProblem('', `${path}: ${sentence}`)
  const { size } = await stat(path).catch((error: unknown) => { throw problem(`cannot be read: ${reasonOf(error)}`) })
  if (size > MAX_FILE) throw problem(`it has more than ${MAX_FILE / 1024 / 1024} MiB`)
  const text = (await readFile(path, 'utf8').catch((error: unknown) => { throw problem(`cannot be read: ${reasonOf(error)}`) })).replace(/^\uFEFF/, '')
  const whole = parse(text)
  const read = whole ?? parse(mend(text))
  if (read === undefined) throw problem('it is not a recording: expected HAR 1.2, as respace record writes it')
  try {
    const { log } = objectAt(read, '')
    const { entries, _recording } = objectAt(log, '/log')
    const { version = VERSION, server, maxBody = DEFAULT_MAX_BODY } = _recording === undefined ? {} : objectAt(_recording, '/log/_recording')
    if (version !== VERSION) throw new DocumentProblem('/log/_recording/version', `expected ${VERSION}: it was recorded by a later version`)
    if (typeof maxBody !== 'number' || !(maxBody >= 0 && maxBody <= LARGEST_BODY)) throw new DocumentProblem('/log/_recording/maxBody', `expected a number up to ${LARGEST_BODY}`)
    const found = listAt(entries, '/log/entries')
    if (found.length > MAX_ENTRIES) throw new DocumentProblem('/log/entries', `there are more than ${MAX_ENTRIES}`)
    const all = found.map((entry, i) => readEntry(entry, `/log/entries/${i}`))
    const address = typeof server === 'string' ? server : all[0] && new URL(all[0].request.url).origin
    if (address === undefined || !URL.canParse(address)) throw new DocumentProblem('/log/entries', 'it has no exchange')
    return { server: new URL(address), entries: all, maxBody, isWhole: whole !== undefined }
  } catch (error) {
    throw error instanceof DocumentProblem ? problem(error.message) : error
  }
}

/** The complete lines of a file that was cut, with an end. */
function mend (text: string): string {
  const lines = text.split('\n')
  const [head = ''] = lines
  const entries: string[] = []
  for (const line of lines.slice(1)) {
    const entry = line.replace(/,\s*$|^,/g, '')
    if (parse(entry) === undefined) break
    entries.push(entry)
  }
  return `${head}${entries.join(',')}${END}`
}

function parse (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
