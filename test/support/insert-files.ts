import { recountTotals } from '../../src/store/files/file-totals.ts'
import type { TestServer } from './server.ts'

/** Copies of the row of a file, as if they had been uploaded one second after the other; `name` and `size` tell them apart. */
export async function copyFile ({ app }: TestServer, id: string, count: number, nameOf: (i: number) => string): Promise<void> {
  await app.ports.sql.batch([...[...Array(count).keys()].map(i => ({
    sql: `insert into files (id, owner_id, folder_id, name, description, size, crc32, blob_id, delete_code, uploaded_at)
          select $copy, owner_id, folder_id, $name, description, $size, crc32, $copy, delete_code, uploaded_at + $later from files where id = $id`,
    params: { copy: `f${String(i).padStart(5, '0')}`, name: nameOf(i), size: i % 7, later: (i + 1) * 1000, id }
  })), ...recountTotals()])
}
