/** Mails that arrived for a recipient chosen by the kit. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { BrokenMeans, Untested } from '../check-problems.ts'
import { until } from '../client/until.ts'
import { control } from './emulator-control.ts'
import type { Target } from './target-file.ts'

export interface Mail {
  /** '' when unknown: the emulator's outbox has no sender. */
  readonly from: string
  readonly to: string
  readonly subject: string
  readonly text: string
  /** '' when there is none. */
  readonly html: string
}

/** How long to wait for a mail, in milliseconds: delivery takes time. */
const PATIENCE = 15_000

/**
 * All mails to an address, oldest first, once at least `atLeast` have arrived; fewer after the timeout. With 0 it does not wait, and shows that
 * nothing was sent only in the emulator, whose outbox answers once all mails are delivered. Throws Untested without a readable mailbox.
 */
export async function readMails (context: { readonly target: Target }, address: string, atLeast = 1): Promise<readonly Mail[]> {
  const { mailbox, limits: { timeout } } = context.target
  if (context.target.control !== undefined) return to(address, await outboxOf(context.target))
  if (mailbox === undefined) throw new Untested('mails cannot be read: see mailbox in the target file')
  return until(async () => to(address, await outputOf(mailbox, address, timeout)), found => found.length >= atLeast, PATIENCE)
}

const to = (address: string, mails: readonly Mail[]): readonly Mail[] => mails.filter(mail => mail.to.toLowerCase().includes(address.toLowerCase()))

const outboxOf = async (target: Target): Promise<readonly Mail[]> =>
  (await control({ target }, 'GET', '/outbox') as Array<Omit<Mail, 'from'>>).map(mail => ({ from: '', ...mail }))

/** The command prints one mail per line, as JSON with `to`, and `from`, `subject`, `text` and `html`; the variable ADDRESS holds the address. */
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
