/** Queued mails, the limit of each sender, and the limit of each recipient for mails of strangers. */
import { CLOCK_SLACK } from '../../domain/clock-slack.ts'
import { mailboxKey } from '../../domain/mail/email.ts'
import { newKey } from '../../domain/identifiers.ts'
import { LONGEST_WAIT, MAX_MAILS_TO_ADDRESS } from '../../domain/mail/mail-delivery.ts'
import { cutToBytes, MAX_TEXT_BYTES } from '../../domain/text-limit.ts'
import type { Mail, Ports, Sql, SqlRow, Statement, WaitingMail } from '../../ports.ts'
import type { Vault } from '../../domain/vault.ts'
import { findFull, takeRate } from '../rates.ts'
import { numberOf, numberOrNull, textOf } from '../sql.ts'

const HOUR = 60 * 60 * 1000

/** Mail texts are sealed: they may contain a password. */
const PURPOSE = 'mail'

/** The sender whose limit applies: a user's id, or NO_ACCOUNT for all people without one; at most `limit` per hour. */
export interface Sender {
  readonly id: number
  readonly limit: number
}

export const NO_ACCOUNT = 0

/**
 * Queues mails, all or none; false when an hourly limit does not allow them: the sender's, and for mails of people
 * without an account that of each recipient. Without a sender they are mails of the server itself. The steps in `before` are part of the batch.
 */
export async function queueMails (
  { sql, vault, ids, mailer }: Pick<Ports, 'sql' | 'vault' | 'ids' | 'mailer'>, mails: readonly Mail[], sender: Sender | undefined, now: number,
  before: readonly Statement[] = []
): Promise<boolean> {
  const statements: Statement[] = [...before]
  if (sender !== undefined) {
    if (mails.length > sender.limit) return false
    statements.push({
      sql: `insert into mail_counts (sender_id, hour, mails) values ($id, $hour, $count)
            on conflict (sender_id, hour) do update set mails = mail_counts.mails + $count where mail_counts.mails + $count <= $limit`,
      params: { ...sender, hour: Math.floor(now / HOUR), count: mails.length },
      must: true
    })
    if (sender.id === NO_ACCOUNT) for (const { to } of mails) statements.push(takeRate({ subject: recipientOf(vault, to), window: HOUR, now }, MAX_MAILS_TO_ADDRESS))
  }
  for (const { to, subject, text, html, replyTo = '' } of mails) {
    statements.push({
      sql: `insert into mails (id, recipient, reply_to, subject, sealed_text, sealed_html, created_at, next_try_at)
            values ($id, $to, $replyTo, $subject, $sealedText, $sealedHtml, $now, $now)`,
      params: { id: newKey(ids), to, replyTo, subject, sealedText: vault.seal(text, PURPOSE), sealedHtml: vault.seal(html, PURPOSE), now }
    })
  }
  const isQueued = await sql.batch(statements) !== undefined
  if (isQueued) mailer.wake()
  return isQueued
}

/** Those addresses that may get another mail from people without an account now. */
export async function findReachable ({ sql, vault }: Pick<Ports, 'sql' | 'vault'>, emails: readonly string[], now: number): Promise<string[]> {
  const full = await findFull(sql, emails.map(email => recipientOf(vault, email)), MAX_MAILS_TO_ADDRESS, now)
  return emails.filter(email => !full.has(recipientOf(vault, email)))
}

/** A keyed hash, so that recipients cannot be read. */
const recipientOf = (vault: Vault, email: string): string => vault.sign('mail recipient', mailboxKey(email)).toString('hex')

/** A mail in the queue: `nextTryAt` is null once it was given up. */
export interface QueuedMail extends WaitingMail {
  readonly tries: number
  readonly nextTryAt: number | null
  readonly lastError: string
}

const COLUMNS = 'id, recipient, reply_to, subject, sealed_text, sealed_html, created_at, tries, next_try_at, last_error'

/** No retry of an existing mail is that far ahead: it was scheduled by a clock that was ahead. If the mail is also from the future, this clock may be behind. */
const DUE = 'next_try_at <= $now or (next_try_at > $ahead and created_at <= $made)'

/** Oldest first. */
export async function listMails (sql: Sql, vault: Vault): Promise<QueuedMail[]> {
  return (await sql.all(`select ${COLUMNS} from mails order by created_at, id`)).map(row => toMail(row, vault))
}

/**
 * Takes the mail that has been due the longest, counts an attempt and schedules the next one for `until`, before it starts: if the process
 * dies in the middle, the mail is retried. So delivery is at least once, not exactly once.
 */
export async function claimMail (sql: Sql, vault: Vault, now: number, until: number): Promise<QueuedMail | undefined> {
  const times = { now, ahead: now + LONGEST_WAIT + CLOCK_SLACK, made: now + CLOCK_SLACK }
  while (true) {
    const due = await sql.get(`select id from mails where ${DUE} order by next_try_at, id limit 1`, times)
    if (due === undefined) return undefined
    const { rows: [row] } = await sql.run(
      `update mails set tries = tries + 1, next_try_at = $until where id = $id and (${DUE}) returning ${COLUMNS}`,
      { ...times, id: textOf(due, 'id'), until })
    // Another process may have taken it.
    if (row !== undefined) return toMail(row, vault)
  }
}

export async function forgetMail (sql: Sql, id: string): Promise<void> {
  await sql.run('delete from mails where id = $id', { id })
}

/** After a failed attempt; `nextTryAt` null gives the mail up. */
export async function noteFailure (sql: Sql, id: string, error: string, nextTryAt: number | null): Promise<void> {
  await sql.run('update mails set last_error = $error, next_try_at = $nextTryAt where id = $id', { id, error: cutToBytes(error, MAX_TEXT_BYTES), nextTryAt })
}

/** After the clock was ahead: mails scheduled later than any retry can be are due. */
export async function tryPutOffMails (sql: Sql, now: number): Promise<void> {
  await sql.run('update mails set next_try_at = $now where next_try_at > $ahead', { now, ahead: now + LONGEST_WAIT + CLOCK_SLACK })
}

/** Deletes mails created before `oldest`, and counts of past hours. */
export async function removeOldMails (sql: Sql, now: number, oldest: number): Promise<void> {
  await sql.run('delete from mails where created_at < $oldest', { oldest })
  await sql.run('delete from mail_counts where hour < $hour', { hour: Math.floor(now / HOUR) })
}

function toMail (row: SqlRow, vault: Vault): QueuedMail {
  const html = textOf(row, 'sealed_html')
  return {
    id: textOf(row, 'id'),
    to: textOf(row, 'recipient'),
    replyTo: textOf(row, 'reply_to'),
    subject: textOf(row, 'subject'),
    text: vault.open(textOf(row, 'sealed_text'), PURPOSE),
    html: html === '' ? '' : vault.open(html, PURPOSE),
    createdAt: numberOf(row, 'created_at'),
    tries: numberOf(row, 'tries'),
    nextTryAt: numberOrNull(row, 'next_try_at'),
    lastError: textOf(row, 'last_error')
  }
}
