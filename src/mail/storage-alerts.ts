/** Mails about storage that fills: to administrators about the disk, to users about their quota. */
import { UNLIMITED } from '../domain/accounts/plan.ts'
import { planOf, type User } from '../domain/accounts/user.ts'
import type { Policy } from '../domain/policy.ts'
import { reachedPercentage } from '../domain/storage-alert.ts'
import type { Mail, Ports } from '../ports.ts'
import { listAdministrators, listStoringUsers } from '../store/accounts/users.ts'
import { findMailUrl } from '../store/accounts/visited-urls.ts'
import { queueMails } from '../store/operations/mails.ts'
import { findFull, takeRate } from '../store/rates.ts'
import { writeForReaders } from './for-readers.ts'
import { fullDiskMail, fullQuotaMail, type Look, type MailContent } from './templates.ts'

export interface AlertRules {
  /** Percentages of the disk, and of a quota. */
  readonly percentages: readonly number[]
  readonly policy: Policy
  /** Where the server listens, for links while no browser is known. */
  readonly ownUrl: string
  /** Without a mail server accounts are only counted. */
  readonly hasMailServer: boolean
}

const DAY = 24 * 60 * 60 * 1000
/** How often administrators are reminded, and users. */
const DISK_REMINDER = DAY
const QUOTA_REMINDER = 7 * DAY
/** Users in one statement. */
const SLICE = 500

/** Queues the mails that are due: one for each percentage that is reached, again after a day or a week. Returns the numbers of accounts by the percentage they have reached. */
export async function alertAboutStorage (ports: Ports, rules: AlertRules): Promise<ReadonlyMap<number, number>> {
  if (rules.hasMailServer) await alertAboutDisk(ports, rules)
  const reached = new Map(rules.percentages.map(percentage => [percentage, 0]))
  for (let after = 0; ;) {
    const users = await listStoringUsers(ports.sql, after, SLICE)
    for (const user of users) {
      const { disk } = planOf(user, rules.policy)
      const percentage = disk === UNLIMITED ? undefined : reachedPercentage(user.bytesStored, disk, rules.percentages)
      if (percentage === undefined) continue
      reached.set(percentage, 1 + (reached.get(percentage) ?? 0))
      if (rules.hasMailServer) await mailOnce(ports, rules, [user], `quota ${percentage} ${user.id}`, QUOTA_REMINDER, look => fullQuotaMail(look, percentage, user.bytesStored, disk))
    }
    const last = users.at(-1)
    if (last === undefined || users.length < SLICE) return reached
    after = last.id
  }
}

/** The space above the reserve counts: without it uploads end. */
async function alertAboutDisk (ports: Ports, rules: AlertRules): Promise<void> {
  const [total, left] = await Promise.all([ports.room.total(), ports.room.left()])
  const percentage = reachedPercentage(total - left, total, rules.percentages)
  if (percentage === undefined) return
  await mailOnce(ports, rules, await listAdministrators(ports.sql), `disk ${percentage}`, DISK_REMINDER, look => fullDiskMail(look, percentage, left, total))
}

/** Of several servers, and of several looks, one sends them. */
async function mailOnce (ports: Ports, { policy, ownUrl }: AlertRules, readers: readonly User[], subject: string, window: number, write: (look: Look) => MailContent): Promise<void> {
  const { sql, clock } = ports
  const now = clock.now()
  // Most checks find that the mail was sent already.
  if ((await findFull(sql, [subject], 1, now)).has(subject)) return
  const mails: Mail[] = []
  for (const { id, email } of readers) {
    const url = await findMailUrl(sql, { publicUrl: policy.publicUrl, userId: id, isToThemselves: true, otherwise: ownUrl })
    mails.push(...await writeForReaders(sql, [email], { settings: policy.branding, url, locale: undefined }, write))
  }
  if (mails.length > 0) await queueMails(ports, mails, undefined, now, [takeRate({ subject, window, now }, 1)])
}
