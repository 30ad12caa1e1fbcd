import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below the ports that the system gives to whoever asks for any, so that no other test can take a free one in the meantime. */
const [FIRST, COUNT] = [12_000, 20_000]

/** A port on which nobody listens. */
export async function freePort (): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT)
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await Promise.race([once(server, 'listening').then(() => true), once(server, 'error').then(() => false)]).catch(() => false)
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
