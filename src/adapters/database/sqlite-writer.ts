/** Writes to SQLite files in a thread of their own, one for all files of this process. It starts with the first write, and again if it has ended. */
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import Database from 'better-sqlite3'
import { OutcomeUnknown, type Statement } from '../../ports.ts'
import type { Outcome } from './sqlite-writes.ts'

/** What the thread is asked for: to write these together, or, without writes, to close the file. It opens a file when it first writes to it. */
export interface Order {
  readonly id: number
  readonly file: SqliteFile
  readonly writes: ReadonlyArray<readonly Statement[]> | undefined
}

export interface Answer {
  /** That of the order. */
  readonly id: number
  readonly outcomes: ReadonlyArray<Outcome | { readonly sqlite: { readonly message: string, readonly code: string } }>
}

interface SqliteFile {
  readonly id: number
  readonly path: string
  /** The folder of the reserved space, if there is one. */
  readonly keptIn: string | undefined
}

export interface SqliteWriter {
  /** Runs these together; resolves when they are durable, or with OutcomeUnknown for each when the thread ended before it answered. */
  write (writes: ReadonlyArray<readonly Statement[]>): Promise<readonly Outcome[]>
  close (): Promise<void>
}

interface Thread {
  readonly worker: Worker
  readonly waiting: Map<number, { readonly answer: (answer: Answer) => void, readonly end: (error: unknown) => void }>
}

let thread: Thread | undefined
let ids = 0

export function openWriter (path: string, keptIn: string | undefined): SqliteWriter {
  const file = { id: ++ids, path, keptIn }
  let isOpen = false
  return {
    async write (writes) {
      isOpen = true
      try {
        const { outcomes } = await ask(file, writes)
        return outcomes.map(outcome => 'sqlite' in outcome ? { error: new Database.SqliteError(outcome.sqlite.message, outcome.sqlite.code) } : outcome)
      } catch (error) {
        return writes.map(() => ({ error: new OutcomeUnknown(error) }))
      }
    },
    async close () {
      // A thread that has ended has closed its files.
      if (isOpen && thread !== undefined) await ask(file, undefined).catch(() => undefined)
    }
  }
}

/** Ends the thread, whatever it does. Only for tests. */
export async function endThread (): Promise<void> {
  await thread?.worker.terminate()
}

function ask (file: SqliteFile, writes: Order['writes']): Promise<Answer> {
  const { worker, waiting } = thread ??= startThread()
  const id = ++ids
  return new Promise<Answer>((resolve, reject) => {
    waiting.set(id, { answer: resolve, end: reject })
    // Without orders it does not keep this process from ending.
    worker.ref()
    worker.postMessage({ id, file, writes } satisfies Order)
  })
}

function startThread (): Thread {
  const worker = openProgram()
  const waiting: Thread['waiting'] = new Map()
  let problem: unknown
  worker.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.answer(answer)
    waiting.delete(answer.id)
    if (waiting.size === 0) worker.unref()
  })
  worker.on('error', error => { problem = error })
  worker.on('exit', code => {
    thread = undefined
    for (const { end } of waiting.values()) end(problem ?? new Error(`the thread that writes to the database ended with code ${code}`))
  })
  return { worker, waiting }
}

/** The program is beside this file, both in the source and in what is built from it. A thread does not inherit the loader that reads the source. */
function openProgram (): Worker {
  const extension = extname(import.meta.url)
  const program = new URL(`./sqlite-thread${extension}`, import.meta.url)
  if (extension !== '.ts') return new Worker(program, { name: 'sqlite', execArgv: [] })
  const [loader, url] = [JSON.stringify(import.meta.resolve('tsx/esm/api')), JSON.stringify(program.href)]
  return new Worker(`import(${loader}).then(({ tsImport }) => tsImport(${url}, ${url}))`, { name: 'sqlite', execArgv: [], eval: true })
}
