/** Download managers that read the page of a file, since they have no account. */
import t from 'tap'
import { openSession, uploadFile } from '../support/client.ts'
import { runClient } from '../support/client-program.ts'
import { startServer } from '../support/server.ts'

t.test('each scraper finds name, size and link on a download page, and knows a file that is gone', async t => {
  const server = await startServer(t)
  const id = await uploadFile(server, await openSession(server), 'R&D <final>.zip', Buffer.alloc(12_595))
  t.strictSame(await runClient('page-scraper.py', [`${server.url}/file/${id}`, `${server.url}/file/zzzzzz`]), {
    title: 'R&D <final>.zip',
    heading: 'R&D <final>.zip',
    size: '12.3KB',
    link: '12595',
    link_after_id: '12595',
    link_before_onclick: '12595',
    gone: 'True'
  })
})
