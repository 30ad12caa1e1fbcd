import type { Vault } from '../../domain/vault.ts'
import type { Sql } from '../../ports.ts'

/** The key is not the one of this database: no password in it could be decrypted, no link would be valid. */
export class WrongKey extends Error {
  constructor () {
    super('the secret key does not open what is stored here: put back the original secret.key (or RESPACE_SECRET_KEY) of this storage')
  }
}

/** Stores a signature by the first key of a database; later throws WrongKey for any other key. */
export async function checkKey (sql: Sql, vault: Vault): Promise<void> {
  const signature = vault.sign('key check').toString('hex')
  const find = () => sql.get('select signature from key_check where id = 1')
  if (await find() === undefined) {
    await sql.run('insert into key_check (id, signature) values (1, $signature) on conflict do nothing', { signature })
  }
  if ((await find())?.signature !== signature) throw new WrongKey()
}
