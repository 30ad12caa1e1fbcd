/** A reverse proxy between clients and a server that keeps every exchange in a file. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { openTemporaryFolder } from '../adapters/storage/temporary-folder.ts'
import { systemClock } from '../adapters/system.ts'
import { makeThrowawayAuthority } from '../adapters/tls/throwaway-authority.ts'
import { clientEnvironment } from '../as-sendspace/client-environment.ts'
import { writeTrustFiles } from '../as-sendspace/trust-files.ts'
import { environmentWith, EXEC_VARIABLES, readVersion } from '../config.ts'
import { reasonOf } from '../domain/as-error.ts'
import { SENDSPACE_HOSTS } from '../domain/network/sendspace-hosts.ts'
import { createRecorder, type Recorder } from '../emulator/replay/recorder.ts'
import { createRecordingFile, DEFAULT_MAX_BODY, LARGEST_BODY, type RecordingFile } from '../emulator/replay/recording-file.ts'
import { refuseConnect, tunnelTo } from '../http/tunnels.ts'
import { port as portKind, size as sizeKind, type Kind } from '../settings/kinds.ts'
import { CommandProblem } from './problem.ts'
import { runProgram } from './run-program.ts'
import { removeReadyFile, writeReadyFile } from './run-server.ts'

export interface RecordFlags {
  readonly output: string
  readonly port?: string
  readonly maxBody?: string
  readonly readyFile?: string
}

const HEADERS_TIMEOUT = 60_000
/** Timeout of a connection in milliseconds without any data. */
const IDLE = 120_000
const MAX_CONNECTIONS = 1000

/** Without a command it runs until a signal. Throws CommandProblem. */
export async function record (address: string, [program, ...words]: readonly string[], { output, port, maxBody = String(DEFAULT_MAX_BODY), readyFile }: RecordFlags): Promise<void> {
  const server = readAddress(address)
  const limit = readFlag('--max-body', sizeKind, maxBody)
  if (limit > LARGEST_BODY) throw new CommandProblem(`--max-body: at most ${LARGEST_BODY / 1024 / 1024} MiB`)
  const wantedPort = readFlag('--port', portKind, port ?? (program === undefined ? '8090' : '0'))
  await removeReadyFile(readyFile)
  const file = openFile(output, { server: server.href, maxBody: limit, version: readVersion() })
  const counts = { kept: 0, lost: 0 }
  const recorder = createRecorder({
    server,
    maxBody: limit,
    keep (entry) {
      if (file.add(entry)) counts.kept++
      else if (counts.lost++ === 0) process.stderr.write(`respace: ${output} is full: further exchanges are passed on but not kept\n`)
    },
    report (sentence) {
      counts.lost++
      process.stderr.write(`respace: ${sentence}\n`)
    }
  })
  const proxy = limited(createServer({ headersTimeout: HEADERS_TIMEOUT, requestTimeout: 0 }, recorder.listener))
  try {
    const url = await listen(proxy, wantedPort)
    if (program === undefined) {
      proxy.on('connect', (_request, socket) => { refuseConnect(socket, `HTTPS is recorded at ${url}, or with a command: respace record ${server.origin} -o FILE -- COMMAND.`) })
      await writeReadyFile(readyFile, url)
      process.stdout.write(`Recording ${server.href} into ${output}: use ${url} as its address, or as the HTTP proxy of clients. Ctrl-C ends.\n`)
      await signal()
    } else {
      await writeReadyFile(readyFile, url)
      process.exitCode = await runThrough(proxy, url, recorder, server, [program, ...words])
    }
  } finally {
    proxy.close()
    proxy.closeAllConnections()
    recorder.close()
    file.close()
    await removeReadyFile(readyFile)
    process.stderr.write(`respace: ${output} has ${counts.kept} ${counts.kept === 1 ? 'exchange' : 'exchanges'}${counts.lost === 0 ? '' : `; ${counts.lost} more were not kept`}\n`)
  }
}

/** Runs a command whose requests all come here, including HTTPS, and returns its exit code. */
async function runThrough (proxy: Server, url: string, recorder: Recorder, { hostname }: URL, [program = '', ...words]: readonly string[]): Promise<number> {
  const names = [...new Set([hostname, ...SENDSPACE_HOSTS, ...withSubdomains([hostname, ...SENDSPACE_HOSTS])])]
  const authority = await makeThrowawayAuthority(names, systemClock.now())
  const secure = limited(createSecureServer({ ...authority.pair, headersTimeout: HEADERS_TIMEOUT, requestTimeout: 0 }, recorder.listener))
  const { folder, remove } = await openTemporaryFolder()
  try {
    await listen(secure, 0)
    proxy.on('connect', tunnelTo(recorder.knowsHost, `${hostname} and its other hosts`, proxy, secure))
    const environment = clientEnvironment(url, await writeTrustFiles(join(folder, 'trust'), authority.cert), environmentWith({}))
    return await runProgram(program, words, environmentWith({ ...environment, [EXEC_VARIABLES.url]: url }))
  } finally {
    secure.close()
    secure.closeAllConnections()
    await remove()
  }
}

/** `*.example.com` for `api.example.com`: uploads often use another host. */
const withSubdomains = (hosts: readonly string[]): string[] =>
  hosts.map(host => host.split('.')).filter(labels => labels.length > 2 && !/^\d+$/.test(labels.at(-1) ?? '')).map(labels => ['*', ...labels.slice(1)].join('.'))

function limited (server: Server): Server {
  server.maxConnections = MAX_CONNECTIONS
  return server.setTimeout(IDLE).on('clientError', (_error, socket) => { socket.destroy() })
}

async function listen (server: Server, port: number): Promise<string> {
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new CommandProblem(`cannot listen on port ${port} of 127.0.0.1: ${reasonOf(error)}; choose another with --port`)
  }
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function readAddress (address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw new CommandProblem(`expected the address of a server, such as http://api.sendspace.com, got "${address}"`)
  if (url.username !== '' || url.search !== '' || url.hash !== '') throw new CommandProblem('the address of the server has a user, a query or a fragment: leave it out')
  url.pathname = url.pathname.replace(/\/rest\/?$/, '/')
  return url
}

function readFlag<T> (flag: string, { read }: Kind<T>, text: string): T {
  try {
    return read(text)
  } catch (error) {
    throw new CommandProblem(`${flag}: ${reasonOf(error)}, got "${text}"`)
  }
}

function openFile (path: string, head: Parameters<typeof createRecordingFile>[1]): RecordingFile {
  try {
    return createRecordingFile(path, head)
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    throw new CommandProblem(exists ? `${path} exists: remove it, or choose another name` : `${path} cannot be written: ${reasonOf(error)}`)
  }
}

const signal = (): Promise<unknown> => Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
