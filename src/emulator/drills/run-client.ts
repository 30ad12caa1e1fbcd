/** One run of the client: opens a server, adds the data, arms the drill, runs the client, and collects the results. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { EmulatedServer } from '../emulated-server.ts'
import type { Entry } from '../journal/entry.ts'
import { firstAccount, type Seed } from '../state/seed.ts'
import { runClient } from './client-process.ts'
import type { ClientRun, Part } from './drill.ts'
import { DEFAULT_FILE, writeGivenFile } from './given-file.ts'
import { compareHoldings, readHoldings } from './holdings.ts'
import { readSaved } from './saved-files.ts'

/** A server for one run only. */
export interface DrillServer {
  readonly server: EmulatedServer
  readonly url: string
  readonly apiKey: string
  /** A private folder, removed by `close`. */
  readonly folder: string
  close (): Promise<void>
}

/** How to run the client. */
export interface ClientOptions {
  /** The command and its arguments; `{file}`, `{url}` and the like are replaced. */
  readonly command: readonly string[]
  readonly seed: Seed
  /** Time limit of a run in milliseconds, without intended delays. */
  readonly patience: number
  /** Ends all runs. */
  readonly signal: AbortSignal
  /** Opens a server without data, with repeatable ids. */
  open (): Promise<DrillServer>
  /** The environment of the client, with the values of the run. */
  environmentOf (values: ClientValues): Readonly<Record<string, string | undefined>>
}

/** Values for the client. In its command `{file}` stands for the value with that name. */
export interface ClientValues {
  readonly url: string
  readonly apiKey: string
  /** Of the first account of the seed; undefined when it has none. */
  readonly user: string | undefined
  readonly password: string | undefined
  /** The id of the drill, or of one of its runs. */
  readonly drill: string
  /** The path of a file to upload. */
  readonly file: string
  /** The path of an empty folder. */
  readonly folder: string
}

/** Rejects with NoProgram, or with the reason of the signal. */
export async function runOnce (part: Pick<Part, 'id' | 'seed' | 'file' | 'arm' | 'extraMs'>, options: ClientOptions): Promise<ClientRun> {
  const { seed, patience, signal, environmentOf } = options
  const opened = await options.open()
  try {
    const { server, url, apiKey } = opened
    const scratch = join(opened.folder, 'drill')
    const planted = part.seed?.(seed) ?? seed
    await server.state.seed(planted)
    const folder = join(scratch, 'folder')
    await mkdir(folder, { recursive: true })
    const given = await writeGivenFile(scratch, { ...DEFAULT_FILE, ...part.file })
    await part.arm?.(server)
    const before = await readHoldings(server.ports)
    const entriesOf = watchExchanges(server)
    const { user, password } = firstAccount(planted) ?? {}
    const values: ClientValues = { url, apiKey, user, password, drill: part.id, file: given.path, folder }
    const ended = await runClient(fillIn(options.command, values), {
      env: environmentOf(values), longest: patience + (part.extraMs ?? 0), signal
    })
    signal.throwIfAborted()
    await settle(server)
    const changes = await compareHoldings(before, await readHoldings(server.ports), server.blobs)
    return { ...ended, stderr: server.journal.mask.text(ended.stderr), entries: entriesOf(), changes, saved: await readSaved(folder), given, findings: server.judge.report().findings }
  } finally {
    await opened.close()
  }
}

/** The command with the values of this run; the user is empty for a seed without accounts. */
function fillIn (words: readonly string[], values: ClientValues): readonly string[] {
  const texts = new Map(Object.entries(values).map(([name, value]) => [name, String(value ?? '')]))
  return words.map(word => word.replace(/\{(\w+)\}/g, (whole, name: string) => texts.get(name) ?? whole))
}

/** Limits memory when a client sends requests without end. */
const MAX_ENTRIES = 20_000

/** Collects all exchanges that end, more than the journal keeps. Keeps the text of an answer only when something is wrong with it. */
function watchExchanges ({ journal }: EmulatedServer): () => readonly Entry[] {
  const entries: Entry[] = []
  const stop = journal.onSettled(({ entry }) => {
    const { text: _text, ...response } = entry.response
    if (entries.length < MAX_ENTRIES) entries.push(entry.fault === null && !entry.code ? { ...entry, response } : entry)
  })
  return () => {
    stop()
    return entries.sort((a, b) => a.id - b.id)
  }
}

/** After the client ends, its last exchanges may still be running. */
const SETTLE_MS = 2000

async function settle ({ journal }: EmulatedServer): Promise<void> {
  await journal.waitUntil(() => journal.list().every(({ state }) => state !== 'running'), SETTLE_MS)
}
