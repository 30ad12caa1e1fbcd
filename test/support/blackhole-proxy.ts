/** A relay in front of a server that can swallow what passes, as a network does that loses packets: nobody is told of anything. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Teardown } from './server.ts'

export interface SilentRelay {
  readonly port: number
  /** From now on connections are accepted and nothing passes, in either direction, on old ones neither; what was swallowed is gone. */
  hush (): void
  /** New connections pass again. Old ones stay silent. */
  speak (): void
}

export async function startBlackholeProxy (t: Teardown, port: number): Promise<SilentRelay> {
  const open = new Set<Socket>()
  let isSilent = false
  const server = createServer(client => {
    open.add(client)
    client.on('error', () => undefined)
    client.on('data', () => undefined)
    if (isSilent) return
    const upstream = connect(port, '127.0.0.1')
    open.add(upstream)
    upstream.on('error', () => undefined)
    let isOpen = true
    const silence = () => { isOpen = false }
    silenced.add(silence)
    client.on('data', bytes => { if (isOpen) upstream.write(bytes) })
    upstream.on('data', bytes => { if (isOpen) client.write(bytes) })
    client.on('close', () => { if (isOpen) upstream.destroy() })
    upstream.on('close', () => { if (isOpen) client.destroy() })
  })
  const silenced = new Set<() => void>()
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  t.teardown(() => {
    server.close()
    for (const socket of open) socket.destroy()
  })
  return {
    port: (server.address() as AddressInfo).port,
    hush () {
      isSilent = true
      for (const silence of silenced) silence()
      silenced.clear()
    },
    speak () {
      isSilent = false
    }
  }
}
