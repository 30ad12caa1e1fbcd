import type { Mail, Sql } from '../ports.ts'
import { numberOf, textOf } from './sql.ts'

export interface QueuedMail {
  readonly id: string
  readonly recipient: string
  readonly subject: string
  readonly sealedText: string
  readonly createdAt: number
}

export async function queueMail (sql: Sql, mail: QueuedMail): Promise<void> {
  await sql.run(`
    insert into mails (id, recipient, subject, sealed_text, created_at)
    values ($id, $recipient, $subject, $sealedText, $createdAt)`, { ...mail })
}

/** Oldest first; `open` reads the sealed text. */
export async function listMails (sql: Sql, open: (sealed: string) => string): Promise<Array<Mail & { createdAt: number }>> {
  const rows = await sql.all('select recipient, subject, sealed_text, created_at from mails order by created_at, id')
  return rows.map(row => ({
    to: textOf(row, 'recipient'),
    subject: textOf(row, 'subject'),
    text: open(textOf(row, 'sealed_text')),
    createdAt: numberOf(row, 'created_at')
  }))
}
