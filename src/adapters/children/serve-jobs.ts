/** The child's side: reads jobs from its input and writes what becomes of them to its output. It ends with its parent. */
import { writeFileSync } from 'node:fs'
import { CANNOT, DONE } from './child.ts'

/** Milliseconds. */
const WATCHED_EVERY = 100
/** Characters of why it cannot. */
const MOST_SAID = 300

/** Does each job by `work`, which throws when it cannot; ends the process when it takes more than `most` bytes of memory. */
export async function serveJobs (work: (job: string, bytes: Buffer) => Promise<Buffer>, most: number): Promise<void> {
  dieFirst()
  setInterval(() => { if (process.memoryUsage.rss() > most) process.exit(1) }, WATCHED_EVERY).unref()
  // Ready.
  answer(DONE, Buffer.alloc(0))
  for await (const { job, bytes } of readJobs()) {
    const [kind, body] = await work(job, bytes).then(done => [DONE, done] as const, (error: unknown) => [CANNOT, Buffer.from(String(error).slice(0, MOST_SAID))] as const)
    answer(kind, body)
  }
  process.exit(0)
}

function answer (kind: number, body: Buffer): void {
  const head = Buffer.alloc(5)
  head[0] = kind
  head.writeUInt32BE(body.length, 1)
  process.stdout.write(head)
  process.stdout.write(body)
}

/** When the memory of the machine runs out, Linux ends this process before others. */
function dieFirst (): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000')
  } catch {
    // Other systems have no such file.
  }
}

async function * readJobs (): AsyncGenerator<{ readonly job: string, readonly bytes: Buffer }> {
  const head = Buffer.alloc(8)
  let body: Buffer | undefined
  let filled = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    let rest = chunk
    while (rest.length > 0 || body?.length === filled) {
      const copied = rest.copy(body ?? head, filled)
      filled += copied
      rest = rest.subarray(copied)
      if (body === undefined && filled === head.length) {
        body = Buffer.allocUnsafe(head.readUInt32BE(0) + head.readUInt32BE(4))
        filled = 0
      } else if (body !== undefined && filled === body.length) {
        const start = head.readUInt32BE(0)
        yield { job: body.toString('utf8', 0, start), bytes: body.subarray(start) }
        body = undefined
        filled = 0
      }
    }
  }
}
