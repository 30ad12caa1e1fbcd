/** Mails that came to somebody whom the kit had something sent to. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { BrokenMeans, Untested } from '../check-problems.ts'
import type { Target } from './target-file.ts'

export interface Mail {
  /** '' when it is not told: the emulator's outbox has none. */
  readonly from: string
  readonly to: string
  readonly subject: string
  readonly text: string
  /** '' when there is none. */
  readonly html: string
}

const EVERY = 500
/** Mails pass through servers that take their time. */
const PATIENCE = 15_000

/**
 * All mails to an address, oldest first, once there are at least so many; fewer when they do not come. With 0 it does not wait, and shows that nothing
 * was sent only in the emulator, whose outbox answers when nothing is on its way. Throws Untested when the target has no mailbox that can be read.
 */
export async function readMails (context: { readonly target: Target }, address: string, atLeast = 1): Promise<readonly Mail[]> {
  const { control, mailbox, limits: { timeout } } = context.target
  if (control !== undefined) return to(address, await outboxOf(control))
  if (mailbox === undefined) throw new Untested('mails cannot be read: see mailbox in the target file')
  const until = Date.now() + PATIENCE
  for (;;) {
    const found = to(address, await outputOf(mailbox, address, timeout))
    if (found.length >= atLeast || Date.now() > until) return found
    await new Promise(resolve => { setTimeout(resolve, EVERY) })
  }
}

const to = (address: string, mails: readonly Mail[]): readonly Mail[] => mails.filter(mail => mail.to.toLowerCase().includes(address.toLowerCase()))

async function outboxOf (control: string): Promise<readonly Mail[]> {
  const answer = await fetch(`${control}/outbox`)
  if (!answer.ok) throw new BrokenMeans(`the control call /outbox answered ${answer.status}`)
  return (await answer.json() as Array<Omit<Mail, 'from'>>).map(mail => ({ from: '', ...mail }))
}

/** A mail a line, as JSON with `to`, and `from`, `subject`, `text` and `html`; the address is in the variable ADDRESS. */
async function outputOf (command: string, address: string, timeout: number): Promise<readonly Mail[]> {
  const { stdout } = await promisify(execFile)('/usr/bin/env', [`ADDRESS=${address}`, '/bin/sh', '-c', command], { timeout, maxBuffer: 64 * 1024 * 1024 }).catch((error: unknown) => {
    throw new BrokenMeans(`the command of mailbox failed: ${error instanceof Error ? error.message : String(error)}`)
  })
  return stdout.split('\n').filter(line => line.trim() !== '').map(readLine)
}

function readLine (line: string): Mail {
  let mail: Partial<Mail>
  try {
    mail = JSON.parse(line) as Partial<Mail>
  } catch {
    throw new BrokenMeans(`expected a mail as JSON on each line of mailbox, got ${line.slice(0, 80)}`)
  }
  const { to, from = '', subject = '', text = '', html = '' } = mail
  if (typeof to !== 'string') throw new BrokenMeans(`expected a mail with "to" on each line of mailbox, got ${line.slice(0, 80)}`)
  return { from, to, subject, text, html }
}
