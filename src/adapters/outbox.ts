import { newKey } from '../domain/identifiers.ts'
import type { Clock, Ids, Mailer, Sql } from '../ports.ts'
import { queueMail } from '../store/mails.ts'
import type { Vault } from '../domain/vault.ts'

export const MAIL_PURPOSE = 'mail'

/** Mail that stays in storage, for `respace mail list` to show. */
export function createOutbox (sql: Sql, vault: Vault, clock: Clock, ids: Ids): Mailer {
  return {
    async send ({ to, subject, text }) {
      const sealedText = vault.seal(text, MAIL_PURPOSE)
      await queueMail(sql, { id: newKey(ids), recipient: to, subject, sealedText, createdAt: clock.now() })
    }
  }
}
