import { attribute, call, openSession } from './client.ts'
import { startServer, type ServerOptions, type Teardown } from './server.ts'
import { logInOnPages } from './page-session.ts'

/** A server with an account that has a folder for what others send. */
export async function beginRequests (t: Teardown, options: ServerOptions = {}) {
  const server = await startServer(t, options)
  const key = await openSession(server)
  const folder = attribute(await call(server, 'folders.create', { session_key: key, name: 'Received' }), 'id')
  const owner = await logInOnPages(server)
  const send = (form: Readonly<Record<string, string>>) => owner.visit('/my/requests', form)
  async function make (limits: Readonly<Record<string, string>> = {}): Promise<string> {
    const answer = await send({ act: 'add', title: 'Photos <please>', folder, ...limits })
    if (answer.status !== 303) throw new Error(/role="alert">([^<]*)/.exec(await answer.text())?.[1] ?? String(answer.status))
    return String((await server.app.ports.sql.get('select id from file_requests order by created_at desc, id limit 1'))?.id)
  }
  const names = async () => (await server.app.ports.sql.all('select name from files where folder_id = $folder order by name', { folder })).map(row => row.name)
  return { server, key, folder, owner, send, make, names }
}
