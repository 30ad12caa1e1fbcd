import { MAIL_PURPOSE } from '../adapters/outbox.ts'
import type { Config } from '../config.ts'
import { listMails } from '../store/mails.ts'
import { withPorts } from './user.ts'

/** Shows the mail that waits in storage, oldest first. */
export async function listOutbox (config: Config): Promise<void> {
  await withPorts(config, async ({ sql, vault }) => {
    for (const mail of await listMails(sql, sealed => vault.open(sealed, MAIL_PURPOSE))) {
      process.stdout.write(`To: ${mail.to}\nSubject: ${mail.subject}\n\n${mail.text}\n`)
    }
  })
}
