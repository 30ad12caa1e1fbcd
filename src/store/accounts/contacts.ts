import type { Contact } from '../../domain/accounts/contact.ts'
import { emailKey } from '../../domain/mail/email.ts'
import { MAX_CONTACT_DESCRIPTION_BYTES, MAX_CONTACT_NAME_BYTES } from '../../domain/text-limit.ts'
import type { Sql, SqlRow } from '../../ports.ts'
import { boundedTextOf, cutColumn, listOf, lockUser, numberOf, textOf } from '../sql.ts'

const CONTACT_COLUMNS = `email, type, ${cutColumn('name', MAX_CONTACT_NAME_BYTES)}, ${cutColumn('description', MAX_CONTACT_DESCRIPTION_BYTES)}`

/** All contacts, by e-mail. */
export async function listContacts (sql: Sql, userId: number): Promise<Contact[]> {
  return (await sql.all(`select ${CONTACT_COLUMNS} from contacts where user_id = $userId order by email_key`, { userId })).map(toContact)
}

/** Adds a contact; `limit` is how many a user may have, -1 for any number. */
export async function addContact (
  sql: Sql, userId: number, contact: Contact, limit: number, now: number
): Promise<'added' | 'exists' | 'full'> {
  const key = emailKey(contact.email)
  const done = await sql.batch([lockUser(userId), {
    sql: `insert into contacts (user_id, email_key, email, name, description, type, created_at)
          select $userId, $key, $email, $name, $description, $type, $now
          where ($limit = -1 or (select count(*) from contacts where user_id = $userId) < $limit)
            and not exists (select 1 from contacts where user_id = $userId and email_key = $key)`,
    params: { ...contact, userId, key, limit, now },
    must: true
  }])
  if (done !== undefined) return 'added'
  return await findContact(sql, userId, contact.email) ? 'exists' : 'full'
}

export type ContactChange = Partial<Omit<Contact, 'email'>>

/** The changed contact, or undefined when there is none. Omitted fields keep their values. */
export async function changeContact (
  sql: Sql, userId: number, email: string, { name, description, type }: ContactChange
): Promise<Contact | undefined> {
  const { rows } = await sql.run(`
    update contacts set name = coalesce($name, name), description = coalesce($description, description), type = coalesce($type, type)
    where user_id = $userId and email_key = $key returning ${CONTACT_COLUMNS}`,
  { userId, key: emailKey(email), name: name ?? null, description: description ?? null, type: type ?? null })
  return rows[0] && toContact(rows[0])
}

/** Removes contacts; returns the addresses of the removed ones, in their original spelling. The list must not be empty. */
export async function removeContacts (sql: Sql, userId: number, emails: readonly string[]): Promise<string[]> {
  const list = listOf('key', emails.map(emailKey))
  const { rows } = await sql.run(
    `delete from contacts where user_id = $userId and email_key in ${list.sql} returning email`, { userId, ...list.params })
  return rows.map(row => textOf(row, 'email'))
}

async function findContact (sql: Sql, userId: number, email: string): Promise<boolean> {
  return await sql.get('select 1 from contacts where user_id = $userId and email_key = $key', { userId, key: emailKey(email) }) !== undefined
}

function toContact (row: SqlRow): Contact {
  return {
    email: textOf(row, 'email'),
    name: boundedTextOf(row, 'name', MAX_CONTACT_NAME_BYTES),
    description: boundedTextOf(row, 'description', MAX_CONTACT_DESCRIPTION_BYTES),
    type: numberOf(row, 'type')
  }
}
