/**
 * A real distributed S3 store: Ceph's object gateway with one monitor, one manager and one OSD that keeps
 * everything in memory. Ready in about twelve seconds, needs about 430 MB.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../test/support/free-port.ts'

const run = promisify(execFile)

export const CEPH_KEYS = { accessKey: 'RESPACEACCESS', secretKey: 'respacesecret' }

export interface CephGateway {
  readonly url: string
  stop (): Promise<void>
}

/** Runs in an empty folder until it is stopped. */
export async function startCephGateway (folder: string, { accessKey, secretKey } = CEPH_KEYS): Promise<CephGateway> {
  const [monitorPort, oldMonitorPort, port] = [await freePort(), await freePort(), await freePort()]
  const monitor = `[v2:127.0.0.1:${monitorPort},v1:127.0.0.1:${oldMonitorPort}]`
  const [fsid, osd] = [randomUUID(), randomUUID()]
  const at = (name: string): string => join(folder, name)
  const daemons: ChildProcess[] = []
  await Promise.all(['mon', 'mgr', 'osd', 'rgw', 'run'].map(name => mkdir(at(name))))
  await writeFile(at('ceph.conf'), configuration(folder, fsid, monitor, port))

  const call = (program: string, ...words: string[]): Promise<unknown> => run(program, ['-c', at('ceph.conf'), ...words], { timeout: 60_000 })

  function daemon (program: string, ...words: string[]): void {
    daemons.push(spawn(program, ['-c', at('ceph.conf'), '-f', ...words], { stdio: 'ignore' }))
  }

  async function stop (): Promise<void> {
    const ends = daemons.filter(child => child.exitCode === null && child.signalCode === null).map(child => once(child, 'exit'))
    for (const child of daemons) child.kill('SIGKILL')
    await Promise.all(ends)
  }

  try {
    await run('ceph-authtool', ['--create-keyring', at('keyring')])
    for (const name of ['mon.', 'client.admin', 'client.rgw', 'mgr.x', 'osd.0']) {
      const all = ['mon', 'osd', 'mgr', 'mds'].flatMap(part => ['--cap', part, 'allow *'])
      await run('ceph-authtool', [at('keyring'), '--gen-key', '-n', name, ...all])
    }
    await run('monmaptool', ['--create', '--fsid', fsid, '--addv', 'a', monitor, at('monmap')])
    await call('ceph-mon', '--mkfs', '-i', 'a', '--monmap', at('monmap'), '--keyring', at('keyring'))
    daemon('ceph-mon', '-i', 'a')
    await call('ceph', 'auth', 'import', '-i', at('keyring'))
    daemon('ceph-mgr', '-i', 'x')
    await call('ceph', 'osd', 'new', osd, '0')
    await call('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', osd)
    daemon('ceph-osd', '-i', '0')
    await call('radosgw-admin', 'user', 'create', '--uid', 'respace', '--display-name', 'r',
      '--access-key', accessKey, '--secret-key', secretKey)
    daemon('radosgw', '-n', 'client.rgw')
    const url = `http://127.0.0.1:${port}`
    await untilAnswered(url)
    return { url, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function untilAnswered (url: string): Promise<void> {
  for (const began = performance.now(); performance.now() - began < 60_000;) {
    if (await fetch(url).then(({ ok }) => ok, () => false)) return
    await new Promise(resolve => { setTimeout(resolve, 50) })
  }
  throw new Error('the gateway of Ceph did not answer within a minute')
}

/** Needed: with cephx off the gateway never connects. */
function configuration (folder: string, fsid: string, monitor: string, port: number): string {
  return `[global]
fsid = ${fsid}
mon host = ${monitor}
keyring = ${folder}/keyring
osd pool default size = 1
osd pool default min size = 1
osd crush chooseleaf type = 0
osd pool default pg num = 8
mon allow pool size one = true
osd objectstore = memstore
memstore device bytes = 4294967296
run dir = ${folder}/run
admin socket = ${folder}/run/$name.asok
log file = ${folder}/run/$name.log
mon data = ${folder}/mon
osd data = ${folder}/osd
mgr data = ${folder}/mgr
public addr = 127.0.0.1
cluster addr = 127.0.0.1
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:${port}
rgw data = ${folder}/rgw
`
}
