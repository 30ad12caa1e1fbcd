/** Runs the client's command with limits of time and output, and ends all processes that it started. */
import { spawn, type ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'

/** How a command ended. */
export interface Ended {
  /** As in a shell; null when it was killed. */
  readonly exitCode: number | null
  readonly milliseconds: number
  /** The beginning of its standard output. */
  readonly stdout: string
  /** The end of its standard error. */
  readonly stderr: string
}

/** A command that cannot be started; the message says why. */
export class NoProgram extends Error {}

/** Bytes of standard output to keep: enough for a list of thousands of files. */
export const MAX_OUTPUT = 1024 * 1024
/** Bytes of standard error to keep. */
export const MAX_TAIL = 4096

/** Milliseconds from SIGTERM to SIGKILL. */
const GRACE = 1000

export interface ClientLimits {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds after which it is ended. */
  readonly longest: number
  /** Ends it at once. */
  readonly signal: AbortSignal
}

/** Runs it in a new process group, which is ended as a whole. Rejects with NoProgram. */
export async function runClient ([program = '', ...words]: readonly string[], { env, longest, signal }: ClientLimits): Promise<Ended> {
  signal.throwIfAborted()
  const began = performance.now()
  // In a separate group, so that Ctrl-C in a terminal reaches only this program, which then ends the group.
  const child = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const stdout = keepHead(child.stdout, MAX_OUTPUT)
  const stderr = keepTail(child.stderr, MAX_TAIL)
  const over = new AbortController()
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  try {
    const reached = await Promise.race([
      ended,
      wait(longest, undefined, { signal: AbortSignal.any([over.signal, signal]) }).catch(() => undefined)
    ])
    const milliseconds = performance.now() - began
    if (reached === undefined) await endGently(child, ended, signal)
    const [code, by] = await ended
    const exitCode = reached === undefined ? null : code ?? 128 + constants.signals[by ?? 'SIGTERM']
    return { exitCode, milliseconds, stdout: await stdout(), stderr: await stderr() }
  } catch (error) {
    throw error instanceof Error && 'syscall' in error ? new NoProgram(sentenceFor(program, error)) : error
  } finally {
    over.abort()
    // Ends processes in the background, too.
    killGroup(child, 'SIGKILL')
  }
}

async function endGently (child: ChildProcess, ended: Promise<unknown>, signal: AbortSignal): Promise<void> {
  killGroup(child, 'SIGTERM')
  const grace = new AbortController()
  await Promise.race([ended, wait(signal.aborted ? GRACE / 4 : GRACE, undefined, { signal: grace.signal }).catch(() => undefined)])
  grace.abort()
  killGroup(child, 'SIGKILL')
}

function killGroup ({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // The group has no processes.
  }
}

type Output = NonNullable<ChildProcess['stdout']>

/** Reads everything, so that the client never blocks, and keeps the first bytes. */
function keepHead (output: Output, most: number): () => Promise<string> {
  const chunks: Buffer[] = []
  let kept = 0
  output.on('data', (chunk: Buffer) => {
    if (kept >= most) return
    chunks.push(chunk.subarray(0, most - kept))
    kept += Math.min(chunk.length, most - kept)
  })
  return async () => {
    await drained(output)
    return Buffer.concat(chunks).toString('utf8')
  }
}

/** The same with the last bytes. */
function keepTail (output: Output, most: number): () => Promise<string> {
  let tail = Buffer.alloc(0)
  output.on('data', (chunk: Buffer) => { tail = Buffer.concat([tail, chunk]).subarray(-most) })
  return async () => {
    await drained(output)
    return tail.toString('utf8').replace(/^\ufffd+/, '')
  }
}

/** A process in the background may hold the output open; only what is available is read. */
async function drained (output: Output): Promise<void> {
  if (output.readableEnded || output.destroyed) return
  const enough = new AbortController()
  await Promise.race([once(output, 'close', { signal: enough.signal }), wait(100, undefined, { signal: enough.signal })]).catch(() => undefined)
  enough.abort()
  output.destroy()
}

function sentenceFor (program: string, error: Error): string {
  const code = 'code' in error ? error.code : undefined
  return code === 'ENOENT' ? `there is no program "${program}"` : code === 'EACCES' ? `"${program}" cannot be run: it is not executable, or a folder` : `"${program}" cannot be run: ${error.message}`
}
