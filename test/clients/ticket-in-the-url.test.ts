/** Programs that drop or mangle the form, or the address, and still hold a good ticket. */
import t from 'tap'
import { attribute, call, openSession, userTicket } from '../support/client.ts'
import { runClient, storedFile } from '../support/client-program.ts'
import { startServer } from '../support/server.ts'
import { readStorage } from '../support/storage-contents.ts'

interface Way {
  /** Whether the folder it was told reaches us. */
  readonly namesFolder: boolean
  /** So many bytes follow the last delimiter: what a cut may take without harm. None: the body has no delimiter. */
  readonly afterDelimiter: number | undefined
}

const WAYS: Readonly<Record<string, Way>> = {
  'no fields': { namesFolder: false, afterDelimiter: 4 },
  're-sorted query': { namesFolder: true, afterDelimiter: 4 },
  'PUT of a form': { namesFolder: true, afterDelimiter: 4 },
  'PUT of the file': { namesFolder: true, afterDelimiter: undefined },
  'never unescaped': { namesFolder: false, afterDelimiter: 4 },
  'upper case, after the file': { namesFolder: true, afterDelimiter: 4 },
  'LF in part headers': { namesFolder: true, afterDelimiter: 4 },
  'no first boundary': { namesFolder: true, afterDelimiter: 4 },
  'broken last boundary': { namesFolder: true, afterDelimiter: 6 },
  'semicolon at the end': { namesFolder: false, afterDelimiter: 4 },
  'quoted type': { namesFolder: false, afterDelimiter: 4 }
}
const CONTENT = 'line one\r\nline two\r\n--B'

t.test('the ticket in the address is enough', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const folder = attribute(await call(server, 'folders.create', { session_key: key, name: 'photos' }), 'id')
  const send = async (way: string, ...cut: string[]) => {
    const { url, proof } = await userTicket(server, key)
    return runClient('ticket-in-the-url.py', [way, url, proof, folder, ...cut])
  }
  for (const [way, { namesFolder, afterDelimiter }] of Object.entries(WAYS)) {
    await t.test(`${way}: the file is stored whole`, async t => {
      const said = await send(way)
      t.equal(said.upload_status, 'ok')
      t.strictSame(await storedFile(server, key, said.file_id ?? ''),
        { name: 'photo.jpg', folderId: namesFolder ? folder : '0', description: '', bytes: Buffer.from(CONTENT) })
    })
    if (afterDelimiter === undefined) continue
    await t.test(`${way}: a body that ends within its last delimiter stores nothing`, async t => {
      const { files } = await readStorage(server.storage)
      t.match(await send(way, String(afterDelimiter + 1)), { upload_status: 'fail', error: /^13 / })
      t.strictSame((await readStorage(server.storage)).files, files)
    })
  }
})
