/** Accounts from the command line. They work beside a running server. */
import { text as readAll } from 'node:stream/consumers'
import { openEmbedded } from '../adapters/embedded.ts'
import { systemClock, systemIds } from '../adapters/system.ts'
import { plan as planKind, size as sizeKind, type Config } from '../config.ts'
import { sealUserPassword } from '../domain/credentials.ts'
import { newPassword } from '../domain/identifiers.ts'
import { findBrokenRule } from '../domain/registration.ts'
import type { User } from '../domain/user.ts'
import { DEFAULT_PLANS } from '../domain/plan.ts'
import type { Ports } from '../ports.ts'
import { addUser, changeUser, findUser, listUsers, type UserChange } from '../store/users.ts'
import { CommandProblem } from './problem.ts'

export interface NewAccount {
  readonly email: string
  readonly fullName?: string
  readonly plan?: string
  readonly password?: boolean
}

/** Without `password` one is made and printed; with it, one is read from standard input, never from the command line. */
export async function addAccount (config: Config, userName: string, { email, fullName, plan, password }: NewAccount): Promise<void> {
  const given = password ? await readPassword() : newPassword(systemIds)
  const broken = findBrokenRule({ userName, fullName: fullName ?? 'not given', email, password: given }, false)
  if (broken !== undefined) throw new CommandProblem(broken)
  await withPorts(config, async ports => {
    const user = await addUser(ports.sql, {
      userName,
      fullName: fullName ?? userName,
      email,
      sealedPassword: sealUserPassword(ports.vault, given),
      plan: plan === undefined ? config.defaultPlan : read('--plan', planKind.read, plan),
      createdAt: ports.clock.now()
    })
    if (user === undefined) throw new CommandProblem('the user name or the e-mail address is taken')
    print(password ? `added ${userName}` : `added ${userName}, password ${given}`)
  })
}

export async function listAccounts (config: Config): Promise<void> {
  await withPorts(config, async ports => {
    const rows = (await listUsers(ports.sql)).map(user => [
      user.userName, user.email, user.plan, String(user.bytesStored), quotaText(user), user.isDisabled ? 'disabled' : 'active'
    ])
    const table = [['user name', 'e-mail', 'plan', 'stored bytes', 'quota', 'state'], ...rows]
    const widths = table.reduce((most, row) => row.map((cell, i) => Math.max(cell.length, most[i] ?? 0)), [] as number[])
    for (const row of table) print(row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ').trimEnd())
  })
}

export async function changePassword (config: Config, name: string, { password }: { password?: boolean }): Promise<void> {
  const given = password ? await readPassword() : newPassword(systemIds)
  if (given.length < 4 || given.length > 20) throw new CommandProblem('The password must have 4 to 20 characters.')
  await withPorts(config, async ports => {
    await changeUser(ports.sql, await demandUser(ports, name), { sealedPassword: sealUserPassword(ports.vault, given) })
    print(password ? `changed the password of ${name}` : `changed the password of ${name}: ${given}`)
  })
}

export interface AccountChange {
  readonly plan?: string
  readonly quota?: string
  readonly disabled?: string
}

/** `quota` is a size, `unlimited`, or `plan` for what the plan says. */
export async function changeAccount (config: Config, name: string, { plan, quota, disabled }: AccountChange): Promise<void> {
  if (plan === undefined && quota === undefined && disabled === undefined) {
    throw new CommandProblem('nothing to change: give --plan, --quota or --disabled')
  }
  if (disabled !== undefined && !/^(?:yes|no)$/.test(disabled)) throw new CommandProblem(`--disabled: expected yes or no, got "${disabled}"`)
  const change: UserChange = {
    ...(plan !== undefined && { plan: read('--plan', planKind.read, plan) }),
    ...(quota !== undefined && { diskQuota: readQuota(quota) }),
    ...(disabled !== undefined && { isDisabled: disabled === 'yes' })
  }
  await withPorts(config, async ports => {
    await changeUser(ports.sql, await demandUser(ports, name), change)
    print(`changed ${name}`)
  })
}

function readQuota (text: string): number | null {
  if (text === 'plan') return null
  return text === 'unlimited' ? -1 : read('--quota', sizeKind.read, text)
}

function read<T> (name: string, reader: (text: string) => T, text: string): T {
  try {
    return reader(text)
  } catch (error) {
    throw new CommandProblem(`${name}: ${error instanceof Error ? error.message : String(error)}, got "${text}"`)
  }
}

function quotaText (user: User): string {
  const quota = user.diskQuota ?? DEFAULT_PLANS[user.plan].disk
  return quota === -1 ? 'unlimited' : String(quota)
}

async function demandUser (ports: Pick<Ports, 'sql'>, name: string): Promise<User> {
  const user = await findUser(ports.sql, name)
  if (user === undefined) throw new CommandProblem(`there is no user called "${name}"`)
  return user
}

/** The first line of standard input. */
async function readPassword (): Promise<string> {
  const [line = ''] = (await readAll(process.stdin)).split(/\r?\n/)
  if (line === '') throw new CommandProblem('expected the password on standard input')
  return line
}

/** Runs short work on the storage, beside a server or without one. */
export async function withPorts (config: Config, work: (ports: Omit<Ports, 'mailer'>) => Promise<void>): Promise<void> {
  const ports = await openEmbedded(config.storage, config.secretKey, systemClock, systemIds)
  try {
    await work(ports)
  } finally {
    await ports.sql.close()
  }
}

function print (line: string): void {
  process.stdout.write(line + '\n')
}
