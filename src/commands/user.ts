/** Manages accounts on the command line, also while the server runs. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { DATABASE } from '../adapters/storage/layout.ts'
import { openStored } from '../adapters/storage/embedded.ts'
import { requireComplete } from '../adapters/storage/incomplete-mark.ts'
import { systemClock, systemIds } from '../adapters/system.ts'
import { flagOf, type Config } from '../config.ts'
import { reasonOf } from '../domain/as-error.ts'
import { sealUserPassword } from '../domain/accounts/credentials.ts'
import type { EventKind } from '../domain/event.ts'
import { newPassword } from '../domain/identifiers.ts'
import { findBrokenRule, findGuessable, isPassword, type Named } from '../domain/accounts/registration.ts'
import { UNLIMITED } from '../domain/accounts/plan.ts'
import { planOf, type User, type UserChange } from '../domain/accounts/user.ts'
import type { Ports } from '../ports.ts'
import { ACCOUNT_CHANGES, describeAccount, readAccountChange, type AccountOptions } from '../settings/account-change.ts'
import { plan as planKind } from '../settings/kinds.ts'
import { endAllAccess } from '../store/access.ts'
import { removeAccount } from '../store/accounts/account-removal.ts'
import { readOwnerTotals } from '../store/files/file-totals.ts'
import { recordEvent } from '../store/operations/events.ts'
import { trafficOf } from '../store/operations/traffic.ts'
import { addUser, changeUser, findUser, listUsers } from '../store/accounts/users.ts'
import { showFirst } from './output.ts'
import { CommandProblem } from './problem.ts'

export interface NewAccount {
  readonly email: string
  readonly fullName?: string
  readonly plan?: string
  readonly password?: boolean
  readonly admin?: boolean
}

const TAKEN = 'the user name or the e-mail address is taken'

/** Without `password` a password is generated and printed; with it, one is read from standard input, never from the command line. */
export async function addAccount (config: Config, userName: string, { email, fullName, plan, password, admin }: NewAccount): Promise<void> {
  const given = password ? await readPassword() : newPassword(systemIds)
  const broken = findBrokenRule({ userName, fullName: fullName ?? 'not given', email, password: given }, 'people')
  if (broken !== undefined) throw new CommandProblem(broken.sentence)
  requireUncommon(given, { userName, fullName: fullName ?? '', email })
  const chosenPlan = plan === undefined ? config.defaultPlan : read('--plan', planKind.read, plan)
  await withPorts(config, async ports => {
    if (await findUser(ports.sql, userName) ?? await findUser(ports.sql, email)) throw new CommandProblem(TAKEN)
    if (!password) await showFirst(`added ${userName}, password ${given}`)
    const user = await addUser(ports.sql, {
      userName,
      fullName: fullName ?? userName,
      email,
      sealedPassword: sealUserPassword(ports.vault, given),
      plan: chosenPlan,
      createdAt: ports.clock.now()
    })
    if (user === undefined) throw new CommandProblem(TAKEN)
    if (admin) await changeUser(ports.sql, user, { isAdmin: true })
    await note('registered', userName, ports)
    if (password) print(`added ${userName}`)
  }, true)
}

export async function listAccounts (config: Config): Promise<void> {
  await withPorts(config, async ports => {
    const rows = (await listUsers(ports.sql)).map(user => [
      user.userName, user.email, user.plan, String(user.bytesStored), limitText(planOf(user, config).disk), user.isDisabled ? 'disabled' : 'active'
    ])
    const table = [['user name', 'e-mail', 'plan', 'stored bytes', 'quota', 'state'], ...rows]
    const widths = table.reduce((most, row) => row.map((cell, i) => Math.max(cell.length, most[i] ?? 0)), [] as number[])
    for (const row of table) print(row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ').trimEnd())
  })
}

export async function changePassword (config: Config, name: string, { password }: { password?: boolean }): Promise<void> {
  const given = password ? await readPassword() : newPassword(systemIds)
  if (!isPassword(given)) throw new CommandProblem('The password must have 4 to 128 characters.')
  await withPorts(config, async ports => {
    const user = await requireUser(ports, name)
    requireUncommon(given, user)
    if (!password) await showFirst(`changed the password of ${name}: ${given}`)
    await changeUser(ports.sql, user, { sealedPassword: sealUserPassword(ports.vault, given) })
    await note('password-reset', name, ports)
    if (password) print(`changed the password of ${name}`)
  })
}

/** For a stolen device or password. The password stays: see `user passwd`. */
export async function endSessions (config: Config, name: string): Promise<void> {
  await withPorts(config, async ports => {
    const user = await requireUser(ports, name)
    await endAllAccess(ports.sql, user.id)
    await note('ended', user.userName, ports)
    print(`ended all sessions, upload keys and unfinished uploads of ${user.userName}`)
  })
}

/** Refuses passwords that attackers try first. Operators may set passwords of 4 characters, as the API accepts them. */
function requireUncommon (password: string, owner: Named): void {
  const fault = findGuessable(password, owner)
  if (fault === 'common') throw new CommandProblem('The password is one of the most common ones. Choose another.')
  if (fault === 'own name') throw new CommandProblem('The password must not be the name or the e-mail address of its account.')
}

/** `options` are those of `readAccountChange`. */
export async function changeAccount (config: Config, name: string, options: AccountOptions): Promise<void> {
  const change = requireChange(options)
  await withPorts(config, async ports => {
    await changeUser(ports.sql, await requireUser(ports, name), change)
    await note('account-changed', name, ports)
    print(`changed ${name}`)
  })
}

/** Deletes an account and everything in it. Without `yes` the name must be repeated on standard input. */
export async function deleteAccount (config: Config, name: string, { yes }: { readonly yes?: boolean }): Promise<void> {
  await withPorts(config, async ports => {
    const user = await requireUser(ports, name)
    if (!yes) {
      const { files } = await readOwnerTotals(ports.sql, user.id)
      print(`${user.userName} (${user.fullName}, ${user.email}) has ${files} ${files === 1 ? 'file' : 'files'}, ${user.bytesStored} bytes in total.`)
      print('All of it will be deleted: files, folders, links, file requests, address book, keys. To continue, type the user name:')
      if (await readLine() !== user.userName) throw new CommandProblem('nothing was deleted: that is not the user name')
    }
    const outcome = await removeAccount(ports, user.id)
    if (outcome === 'last administrator') throw new CommandProblem(`${user.userName} is the last administrator: make another account administrator first, or remove its rights with "respace user set ${user.userName} --admin no"`)
    await note('account-deleted', user.userName, ports)
    print(`deleted ${user.userName}`)
  })
}

/** Throws a CommandProblem with all errors. */
function requireChange (options: AccountOptions): UserChange {
  const { change, problems } = readAccountChange(options)
  const [first, ...others] = problems.map(({ name, reason, sent }) => `${flagOf(name)}: ${reason}, got "${sent}"`)
  if (others.length > 0) throw new CommandProblem(`${problems.length} options are not valid:\n  ${[first, ...others].join('\n  ')}`)
  if (first !== undefined) throw new CommandProblem(first)
  if (Object.keys(change).length === 0) {
    throw new CommandProblem(`nothing to change: use one of ${Object.keys(ACCOUNT_CHANGES).map(flagOf).join(', ')}`)
  }
  return change
}

/** Prints everything that an operator may know about an account. */
export async function showAccount (config: Config, name: string): Promise<void> {
  await withPorts(config, async ports => {
    const user = await requireUser(ports, name)
    const used = await trafficOf(ports.sql, user.id, ports.clock.now())
    for (const [label, text] of [['user name', user.userName], ['full name', user.fullName], ['e-mail', user.email]]) print(`${label?.padEnd(14)}${text}`)
    for (const line of describeAccount(user)) print(line)
    print(`stored        ${user.bytesStored} bytes of ${limitText(planOf(user, config).disk)}`)
    print(`downloaded    ${used} bytes of ${limitText(planOf(user, config).bandwidth)} in 30 days`)
  })
}

function read<T> (name: string, reader: (text: string) => T, text: string): T {
  try {
    return reader(text)
  } catch (error) {
    throw new CommandProblem(`${name}: ${reasonOf(error)}, got "${text}"`)
  }
}

const limitText = (limit: number): string => limit === UNLIMITED ? 'unlimited' : String(limit)

async function requireUser (ports: Pick<Ports, 'sql'>, name: string): Promise<User> {
  const user = await findUser(ports.sql, name)
  if (user === undefined) throw new CommandProblem(`there is no user called "${name}"`)
  return user
}

async function readPassword (): Promise<string> {
  const line = await readLine()
  if (line === '') throw new CommandProblem('expected the password on standard input')
  return line
}

/** The first line of standard input. */
async function readLine (): Promise<string> {
  const lines = createInterface({ input: process.stdin })
  const first = await lines[Symbol.asyncIterator]().next()
  lines.close()
  return first.done === true ? '' : first.value
}

/** The actor in the security log: on the machine itself there is no address and no user name. */
const note = (kind: EventKind, userName: string, ports: Omit<Ports, 'mailer' | 'thumbnails' | 'counts'>): Promise<void> =>
  recordEvent(ports, { kind, who: '', about: userName, address: 'command line' })

/** Runs short work on the storage, with or without a running server. A missing storage is created only with `mayMake`, since the name may be mistyped. */
export async function withPorts (config: Config, work: (ports: Omit<Ports, 'mailer' | 'thumbnails' | 'counts'>) => Promise<void>, mayMake = false): Promise<void> {
  if (!mayMake && config.database === undefined) requireStorage(config)
  const ports = await openStored(config, systemClock, systemIds)
  try {
    await work(ports)
  } finally {
    await ports.sql.close()
  }
}

/** Throws a CommandProblem when there is no storage. */
export function requireStorage ({ storage }: Config): void {
  requireComplete(storage)
  if (!existsSync(join(storage, DATABASE))) throw new CommandProblem(`there is no storage of Respace at ${resolve(storage)}; see --storage`)
}

function print (line: string): void {
  process.stdout.write(line + '\n')
}
