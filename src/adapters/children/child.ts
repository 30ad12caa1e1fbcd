/**
 * A process of its own for work on what strangers have sent: what it does wrong, or how long it takes, is its own affair. It starts with the
 * first job, does one after another, and ends when there is nothing to do.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { constants, setPriority } from 'node:os'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { asError } from '../../domain/as-error.ts'
import { createLimitedQueue } from '../../domain/limited-queue.ts'

/** The process ended, or was ended since it took too long. */
export class ChildFailed extends Error {}

/** This cannot be done with these bytes. */
export class ChildCannot extends Error {}

/** What it needs is not installed. */
export class ChildUnavailable extends Error {}

export interface Child {
  /**
   * What becomes of these bytes; `job` says what is to be done. Rejects with ChildCannot, ChildFailed, ChildUnavailable and QueueFull, and with the
   * error of the bytes.
   */
  run (job: string, size: number, bytes: () => Promise<Readable>): Promise<Buffer>
  /** Ends it, and what it does. */
  close (): void
}

export interface ChildLimits {
  /** Milliseconds of a job, with reading its bytes, once the process is ready. */
  readonly longest: number
  /** Milliseconds without a job after which it ends. */
  readonly idle: number
  /** Jobs that wait. */
  readonly waiting: number
  /** Megabytes for the objects of its program; other memory it watches itself. */
  readonly heap: number
}

/** The variables of a child. It needs none of our settings, which hold keys. */
export type ChildEnvironment = Readonly<Record<string, string | undefined>>

/** Answers of a child begin with one of these and the length of the rest. */
export const DONE = 0
export const CANNOT = 1
/** Bytes of an answer at most. */
export const MAX_ANSWER = 32 * 1024 * 1024
/** The exit code of a child that misses what it needs. */
export const UNAVAILABLE = 78

/** The program of a child, a file beside this one; the build puts it beside the others. */
export type Program = 'thumbnail-child' | 'text-child'

/** Milliseconds, of a machine that has much to do. */
const LONGEST_START = 60_000

/** Nothing runs yet. */
export function createChild (program: Program, env: ChildEnvironment, { longest, idle, waiting, heap }: ChildLimits): Child {
  const inTurn = createLimitedQueue(1, waiting)
  let running: Running | undefined
  let ending: NodeJS.Timeout | undefined
  let isClosed = false

  function stop (): void {
    running?.process.kill('SIGKILL')
    running = undefined
  }

  async function work (job: string, size: number, open: () => Promise<Readable>): Promise<Buffer> {
    const bytes = await open()
    let problem: unknown
    bytes.once('error', error => { problem = error })
    if (isClosed) throw new ChildFailed('it is closed')
    clearTimeout(ending)
    const child = running ??= start(program, env, heap)
    child.process.ref()
    const kill = (): void => { child.process.kill('SIGKILL') }
    let timer = setTimeout(kill, LONGEST_START)
    try {
      await Promise.race([child.ready, child.gone])
      clearTimeout(timer)
      timer = setTimeout(kill, longest)
      return await Promise.race([ask(child, job, size, bytes), child.gone])
    } catch (error) {
      if (error instanceof ChildCannot) throw error
      // It may wait for the rest of the bytes, or still be busy.
      stop()
      bytes.destroy()
      if (problem !== undefined) throw asError(problem)
      return await child.gone
    } finally {
      clearTimeout(timer)
      // Idle, it does not keep this process from ending: a child ends with its parent.
      child.process.unref()
      ending = setTimeout(stop, idle).unref()
    }
  }

  return {
    run: (job, size, bytes) => inTurn(() => work(job, size, bytes)),
    close () {
      isClosed = true
      clearTimeout(ending)
      stop()
    }
  }
}

interface Running {
  readonly process: ChildProcess
  readonly answers: AsyncIterator<Buffer, void>
  /** Its first answer says that it has loaded what it needs. */
  readonly ready: Promise<unknown>
  /** Rejects when the process has ended. */
  readonly gone: Promise<never>
}

function start (program: Program, given: ChildEnvironment, heap: number): Running {
  const isSource = import.meta.url.endsWith('.ts')
  const file = fileURLToPath(new URL(`./${program}.${isSource ? 'ts' : 'js'}`, import.meta.url))
  // Fewer arenas keep freed memory together.
  const env = { ...given, MALLOC_ARENA_MAX: '2' }
  const child = spawn(process.execPath, [...isSource ? ['--import=tsx'] : [], `--max-old-space-size=${heap}`, file], { env, stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true })
  const gone = ended(child)
  gone.catch(() => undefined)
  child.stdin.on('error', () => undefined)
  giveWay(child)
  for (const pipe of [child.stdin, child.stdout] as ReadonlyArray<{ unref? (): void }>) pipe.unref?.()
  const answers = readAnswers(child.stdout)
  return { process: child, answers, ready: answers.next(), gone }
}

async function ended (child: ChildProcess): Promise<never> {
  const [code, signal] = await once(child, 'exit') as [number | null, string | null]
  if (code === UNAVAILABLE) throw new ChildUnavailable('what it needs is not installed')
  throw new ChildFailed(`it ended with ${signal ?? `code ${code}`}`)
}

/** Requests come first. */
function giveWay ({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // Not allowed here, or it has ended already.
  }
}

/** A job is two lengths, then what is to be done, then the bytes. */
async function ask ({ process: { stdin }, answers }: Running, job: string, size: number, bytes: Readable): Promise<Buffer> {
  if (stdin === null) throw new ChildFailed('it has no input')
  const head = Buffer.alloc(8 + Buffer.byteLength(job))
  head.writeUInt32BE(head.length - 8, 0)
  head.writeUInt32BE(size, 4)
  head.write(job, 8)
  stdin.write(head)
  for await (const piece of bytes as AsyncIterable<Buffer>) if (!stdin.write(piece)) await once(stdin, 'drain')
  const answer = await answers.next()
  if (answer.done === true) throw new ChildFailed('it ended')
  if (answer.value[0] !== DONE) throw new ChildCannot(answer.value.toString('utf8', 5))
  return answer.value.subarray(5)
}

/** Whole answers. */
async function * readAnswers (stdout: Readable): AsyncGenerator<Buffer, void> {
  let pieces: Buffer[] = []
  let length = 0
  for await (const piece of stdout as AsyncIterable<Buffer>) {
    pieces.push(piece)
    length += piece.length
    if (length < 5) continue
    if (pieces[0] !== undefined && pieces[0].length < 5) pieces = [Buffer.concat(pieces)]
    const wanted = 5 + (pieces[0]?.readUInt32BE(1) ?? 0)
    if (wanted > MAX_ANSWER) throw new ChildFailed('its answer is too long')
    if (length < wanted) continue
    const answer = Buffer.concat(pieces)
    pieces = []
    length = 0
    // To one job there is one answer.
    yield answer.subarray(0, wanted)
  }
}
