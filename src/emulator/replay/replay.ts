/** Answers calls from a recording. */
import { PATHS } from '../../domain/url-paths.ts'
import type { HarEntry } from './har-entry.ts'
import { compareCalls, fillIn, nameOfCall, recordedCall, type Call } from './recorded-call.ts'
import type { Recording } from './recording-file.ts'
import { createServerUrls, type ServerUrls } from './server-urls.ts'

/** The answer to a matching call, with values instead of placeholders. */
export interface ReplayedAnswer {
  readonly status: number
  readonly statusText: string
  /** Names and values alternate. */
  readonly headers: readonly string[]
  readonly body: Buffer
}

/** Why no recorded call matches. */
export interface Miss {
  /** Such as `GET files.getInfo`. */
  readonly call: string
  readonly sentence: string
  /** The closest recorded call, counted from 1; undefined in an empty recording. */
  readonly nearest?: { readonly entry: number, readonly call: string, readonly differences: readonly string[] }
}

export interface ReplayState {
  readonly file: string
  /** Whether the end of the file is complete. */
  readonly isWhole: boolean
  readonly recorded: number
  readonly used: number
  /** Calls that were not made yet, in order. */
  readonly unused: ReadonlyArray<{ readonly entry: number, readonly call: string }>
  /** The newest calls that did not match. */
  readonly misses: readonly Miss[]
}

export interface Replay {
  /** `base` is the local address that URLs in the answer begin with; undefined leaves them. */
  answer (call: Call, base: string | undefined): ReplayedAnswer | Miss
  /** The call, with the addresses of the recorded server in its parameters. */
  toRecorded (params: ReadonlyMap<string, string>, base: string): ReadonlyMap<string, string>
  /** The path on the recorded server for a local one. */
  pathOf (path: string): string
  /** Larger bodies are not in the recording, in bytes. */
  readonly maxBody: number
  state (): ReplayState
  /** Starts again, as if no call had been made. */
  rewind (): void
}

const MAX_MISSES = 100
/** Maximum number of differences in one message. */
const MAX_DIFFERENCES = 10
/** Headers that the recorder or Node sets. */
const OWN_HEADERS = /^(?:connection|keep-alive|transfer-encoding|content-length|proxy-.*|trailer|upgrade|date|alt-svc|strict-transport-security)$/i

interface Item {
  readonly entry: HarEntry
  readonly call: Call
  isUsed: boolean
}

/** `file` is its name in messages. */
export function createReplay ({ server, entries, maxBody, isWhole }: Recording, file: string): Replay {
  const urls = urlsOf(server, entries)
  const items: Item[] = entries.map(entry => ({ entry, call: recordedCall(entry.request), isUsed: false }))
  const values = new Map<string, string>()
  let misses: Miss[] = []

  /** The first matching recorded call that was not made yet; polls of progress may repeat the last one, because clients poll as often as they like. */
  function find (call: Call): Item | Miss {
    const compared = items.map(item => ({ item, ...compareCalls(item.call, call, { values }) }))
    const fitting = compared.filter(({ differences }) => differences.length === 0)
    const chosen = fitting.find(({ item }) => !item.isUsed) ?? (call.path === PATHS.progress ? fitting.at(-1) : undefined)
    if (chosen !== undefined) {
      for (const [placeholder, value] of chosen.found) values.set(placeholder, value)
      return chosen.item
    }
    if (fitting.length > 0) return { call: nameOfCall(call), sentence: `${nameOfCall(call)} was recorded ${fitting.length === 1 ? 'once' : `${fitting.length} times`}, and this is one more: all its answers have been given.` }
    // Of equally close calls, the client should probably have made one that was not made yet.
    const [nearest] = compared.sort((a, b) => distance(a.item.call, call, a.differences) - distance(b.item.call, call, b.differences) || Number(a.item.isUsed) - Number(b.item.isUsed))
    if (nearest === undefined) return { call: nameOfCall(call), sentence: 'The recording is empty.' }
    const entry = items.indexOf(nearest.item) + 1
    const differences = nearest.differences.slice(0, MAX_DIFFERENCES)
    const sentence = `${nameOfCall(call)} was not recorded like this. The nearest recorded call is ${nameOfCall(nearest.item.call)}, number ${entry} of ${items.length}, which differs:\n${differences.map(each => `  ${each}`).join('\n')}`
    return { call: nameOfCall(call), sentence, nearest: { entry, call: nameOfCall(nearest.item.call), differences } }
  }

  function answerOf ({ entry: { response: { status, statusText, headers, content } } }: Item, base: string | undefined): ReplayedAnswer {
    const fill = (text: string, mimeType = ''): string => fillIn(base === undefined ? text : urls.toLocal(text, base), mimeType, values)
    const isText = /xml|^text\//i.test(content.mimeType)
    const text = content.text ?? ''
    const body = content.encoding === 'base64' ? Buffer.from(text, 'base64') : Buffer.from(isText ? fill(text, content.mimeType) : fillIn(text, content.mimeType, values))
    const kept = headers.filter(({ name }) => !OWN_HEADERS.test(name))
    return {
      status,
      statusText,
      headers: [...kept.flatMap(({ name, value }) => [name, /location$/i.test(name) ? fill(value) : fillIn(value, '', values)]), 'Content-Length', String(body.length)],
      body
    }
  }

  return {
    answer (call, base) {
      const found = find(call)
      const { entry } = 'entry' in found ? found : { entry: undefined }
      const miss = !('entry' in found)
        ? found
        : entry?.response.content.text === undefined && (entry?.response.content.size ?? 0) > 0
          ? { call: nameOfCall(call), sentence: `The body of this answer, ${entry?.response.content.size} bytes, was not kept. Record again with a larger --max-body.` }
          : undefined
      if (miss !== undefined) misses = [...misses, miss].slice(-MAX_MISSES)
      if ('entry' in found) found.isUsed = true
      return miss ?? answerOf(found as Item, base)
    },
    toRecorded: (params, base) => new Map([...params].map(([name, value]) => [name, urls.toServer(value, base)])),
    pathOf: path => urls.resolve(path)?.pathname ?? path,
    maxBody,
    state: () => ({
      file,
      isWhole,
      recorded: items.length,
      used: items.filter(({ isUsed }) => isUsed).length,
      unused: items.flatMap(({ isUsed, call }, i) => isUsed ? [] : [{ entry: i + 1, call: nameOfCall(call) }]),
      misses
    }),
    rewind () {
      for (const item of items) item.isUsed = false
      values.clear()
      misses = []
    }
  }
}

/** With all hosts in the recording. */
function urlsOf (server: URL, entries: readonly HarEntry[]): ServerUrls {
  const urls = createServerUrls(server)
  for (const { response: { content } } of entries) if (content.encoding === undefined) urls.learn(content.text ?? '')
  return urls
}

/** A different method counts more than any number of different parameters. */
const distance = (recorded: Call, sent: Call, differences: readonly string[]): number =>
  differences.length + (nameOfCall(recorded).toLowerCase() === nameOfCall(sent).toLowerCase() ? 0 : 1000)

/** Sentences for the end of a run: what was not replayed; none without a replay. */
export function describeReplay (state: ReplayState | undefined): string[] {
  if (state === undefined) return []
  const { isWhole, recorded, unused, misses, file } = state
  const [first] = unused
  return [
    ...isWhole ? [] : [`${file} is incomplete: the last exchanges are missing`],
    ...misses.length === 0 ? [] : [`${misses.length === MAX_MISSES ? 'at least ' : ''}${misses.length} ${misses.length === 1 ? 'call was' : 'calls were'} not in ${file}: ${misses[0]?.sentence}`],
    ...first === undefined ? [] : [`${unused.length} of ${recorded} exchanges of ${file} were not requested; the first is ${first.call}, number ${first.entry}`]
  ]
}
