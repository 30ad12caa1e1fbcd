/** A Redis server of our own on a free port of this machine. It keeps nothing on a disk. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { freePort } from './free-port.ts'
import { temporaryFolder, type Teardown } from './server.ts'

export interface RedisServer {
  readonly url: string
  stop (): Promise<void>
  start (): Promise<void>
}

export async function startRedis (t: Teardown): Promise<RedisServer> {
  const folder = await temporaryFolder(t)
  const port = await freePort()
  let child: ChildProcess | undefined

  async function start (): Promise<void> {
    const words = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
    const started = child = spawn('redis-server', words, { stdio: ['ignore', 'pipe', 'ignore'] })
    await new Promise<void>((resolve, reject) => {
      let output = ''
      started.once('error', reject).once('exit', code => { reject(new Error(`redis-server ended with ${code}: ${output}`)) })
      started.stdout.on('data', text => {
        output += String(text)
        if (output.includes('Ready to accept connections')) resolve()
      })
    })
  }

  async function stop (): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  await start()
  t.teardown(stop)
  return { url: `redis://127.0.0.1:${port}`, stop, start }
}
