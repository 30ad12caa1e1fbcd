/** Who may create an account: the administrator's choice, invitations, and the set-up link for the first administrator. */
import { CLOCK_SLACK } from '../../domain/clock-slack.ts'
import { REGISTRATIONS, type RegistrationMode } from '../../domain/accounts/registration.ts'
import type { Sql, Statement } from '../../ports.ts'
import { numberOf, textOf } from '../sql.ts'

/** The choice on the pages; undefined when the setting applies. */
export async function findChosenRegistration (sql: Sql): Promise<RegistrationMode | undefined> {
  const row = await sql.get("select value from site_settings where name = 'registration'")
  return REGISTRATIONS.find(mode => mode === row?.value)
}

/** undefined: the setting applies again. */
export async function chooseRegistration (sql: Sql, mode: RegistrationMode | undefined): Promise<void> {
  if (mode === undefined) await sql.run("delete from site_settings where name = 'registration'")
  else await setSite(sql, 'registration', mode)
}

const setSite = (sql: Sql, name: string, value: string) =>
  sql.run('insert into site_settings (name, value) values ($name, $value) on conflict (name) do update set value = $value', { name, value })

export async function addInvitation (sql: Sql, codeHash: string, now: number, expiresAt: number): Promise<void> {
  await sql.run('insert into invitations (code_hash, created_at, expires_at) values ($codeHash, $now, $expiresAt)', { codeHash, now, expiresAt })
}

const LIVES = 'expires_at > $now and created_at <= $ahead'
const lifeAt = (now: number) => ({ now, ahead: now + CLOCK_SLACK })

/** Whether an invitation can be used. */
export async function isInvited (sql: Sql, codeHash: string, now: number): Promise<boolean> {
  return await sql.get(`select 1 from invitations where code_hash = $codeHash and ${LIVES} and claimed_at is null`, { codeHash, ...lifeAt(now) }) !== undefined
}

/** Uses an invitation; of several concurrent uses one succeeds. */
export async function claimInvitation (sql: Sql, codeHash: string, now: number): Promise<boolean> {
  const { changes } = await sql.run(`update invitations set claimed_at = $now where code_hash = $codeHash and ${LIVES} and claimed_at is null`, { codeHash, ...lifeAt(now) })
  return changes === 1
}

/** Makes it usable again after the account was not created. */
export async function returnInvitation (sql: Sql, codeHash: string): Promise<void> {
  await sql.run('update invitations set claimed_at = null where code_hash = $codeHash', { codeHash })
}

export interface OpenInvitation {
  readonly codeHash: string
  readonly createdAt: number
  readonly expiresAt: number
}

/** The unused invitations, which are valid while registration is not closed, the newest first. */
export async function listInvitations (sql: Sql, now: number): Promise<OpenInvitation[]> {
  const rows = await sql.all(`select code_hash, created_at, expires_at from invitations where ${LIVES} and claimed_at is null order by created_at desc, code_hash`, lifeAt(now))
  return rows.map(row => ({ codeHash: textOf(row, 'code_hash'), createdAt: numberOf(row, 'created_at'), expiresAt: numberOf(row, 'expires_at') }))
}

/** Revokes an unused invitation; returns when it was created, undefined when there is none. */
export async function revokeInvitation (sql: Sql, codeHash: string): Promise<number | undefined> {
  const { rows } = await sql.run('delete from invitations where code_hash = $codeHash and claimed_at is null returning created_at', { codeHash })
  return rows[0] && numberOf(rows[0], 'created_at')
}

export async function removeOldInvitations (sql: Sql, now: number): Promise<void> {
  await sql.run(`delete from invitations where not (${LIVES})`, lifeAt(now))
}

const NO_ADMINISTRATOR = 'not exists (select 1 from users where is_admin = 1)'

/** Stores the hash of a new set-up code instead of the last one; false when there is already an administrator: then none is valid. */
export async function offerSetUp (sql: Sql, codeHash: string): Promise<boolean> {
  if (await sql.get('select 1 from users where is_admin = 1') !== undefined) {
    await sql.run("delete from site_settings where name = 'set-up'")
    return false
  }
  await setSite(sql, 'set-up', codeHash)
  return true
}

export async function isSetUpCode (sql: Sql, codeHash: string): Promise<boolean> {
  return await sql.get(`select 1 from site_settings where name = 'set-up' and value = $codeHash and ${NO_ADMINISTRATOR}`, { codeHash }) !== undefined
}

/** Ends a set-up code; must be first in a batch that creates the first administrator: of several concurrent ones one succeeds. */
export const endSetUp = (codeHash: string): Statement =>
  ({ sql: `delete from site_settings where name = 'set-up' and value = $codeHash and ${NO_ADMINISTRATOR}`, params: { codeHash }, must: true })

/** Makes a user the first administrator, which ends the code; false when the code is no longer valid, or there is already an administrator. */
export async function takeSetUp (sql: Sql, codeHash: string, userId: number): Promise<boolean> {
  return await sql.batch([
    endSetUp(codeHash),
    { sql: 'update users set is_admin = 1 where id = $userId', params: { userId }, must: true }
  ]) !== undefined
}
