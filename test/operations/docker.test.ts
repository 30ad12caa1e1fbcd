/**
 * The Dockerfile, without a container engine: its stages become folders, its COPY lines copies, its RUN lines run where
 * they can without a network and without being root. What starts at the end is what the image would start.
 */
// Runs first.
import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, readdir, readFile, rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { LAST_DELAY } from '../../src/commands/run-server.ts'
import { readConfig } from '../../src/config.ts'
import { API_KEY, call, errorCode } from '../support/client.ts'
import { readCompose, type ComposeService } from '../support/compose-file.ts'
import { ROOT, start } from '../support/cli-process.ts'
import { temporaryFolder } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

interface Instruction { readonly word: string, readonly rest: string }
interface Stage { readonly name: string, readonly image: string, readonly steps: readonly Instruction[] }

const isRoot = process.getuid?.() === 0
/** The user `node` of the image. */
const NODE_USER = 1000
const command = promisify(execFile)

function readStages (text: string): Stage[] {
  const lines = text.replace(/^#.*\n/gm, '').replace(/\\\n\s*/g, '').split('\n').filter(line => line.trim() !== '')
  const stages: Array<{ name: string, image: string, steps: Instruction[] }> = []
  for (const line of lines) {
    const [, word = '', rest = ''] = /^([A-Z]+) +(.*)$/.exec(line) ?? []
    if (word === 'FROM') {
      const [image = '', , name = 'final'] = rest.split(' ')
      stages.push({ name, image, steps: [] })
    } else stages.at(-1)?.steps.push({ word, rest })
  }
  return stages
}

const all = (stage: Stage | undefined, word: string): string[] => stage?.steps.filter(step => step.word === word).map(step => step.rest) ?? []

t.test('what the Dockerfile builds starts, answers its health check, and is not root', async t => {
  const stages = readStages(await readFile(join(ROOT, 'Dockerfile'), 'utf8'))
  const final = stages[1]
  t.strictSame(stages.map(({ name }) => name), ['build', 'final'])
  t.equal(new Set(stages.map(({ image }) => image)).size, 1)
  t.match(final?.image, /^node:22\.\d+\.\d+-bookworm-slim$/, 'what is built tomorrow is what was built today')
  t.strictSame(all(final, 'RUN').filter(run => /apt|npm|make/.test(run)), [], 'no build tools in the final image')
  t.strictSame(all(final, 'USER'), ['node'])
  t.strictSame(all(final, 'VOLUME'), ['/storage'])
  const unignored = (await readFile(join(ROOT, '.dockerignore'), 'utf8')).split('\n').filter(line => line.startsWith('!')).map(line => line.slice(1))

  const folder = await temporaryFolder(t)
  await chmod(folder, 0o755)
  const folderOf = (name: string): string => join(folder, name)
  for (const stage of stages) {
    await mkdir(folderOf(stage.name))
    for (const { word, rest } of stage.steps) {
      if (word === 'COPY') await copy(rest, stage)
      if (word === 'RUN') await perform(rest, folderOf(stage.name))
    }
  }
  t.notOk((await readdir(join(folderOf('final'), 'node_modules'))).some(name => /^(?:typescript|tap|tsx|eslint|autocannon)$/.test(name)))

  async function copy (rest: string, stage: Stage): Promise<void> {
    const [, from, names = ''] = /^(?:--from=(\w+) )?(.*)$/.exec(rest) ?? []
    const sources = names.split(' ')
    const target = sources.pop() ?? ''
    for (const source of sources) {
      if (from === undefined) t.ok(unignored.includes(source), `${source} reaches the build`)
      const path = from === undefined ? join(ROOT, source) : join(folderOf(from), source.replace('/app/', ''))
      const to = join(folderOf(stage.name), target.endsWith('/') ? basename(source) : target)
      // As COPY does.
      await mkdir(dirname(to), { recursive: true })
      await cp(path, to)
    }
  }

  /** Node's own takes ten times as long for so many files. */
  async function cp (source: string, target: string): Promise<void> {
    await command('cp', ['-a', source, target])
  }

  /** Packages come from the folder of this repository: what `npm ci` would make of the same lock file. */
  async function perform (run: string, cwd: string): Promise<void> {
    if (run.startsWith('apt-get')) return
    if (run.startsWith('npm ci')) return cp(join(ROOT, 'node_modules'), join(cwd, 'node_modules'))
    if (run === 'npm run build' || run.startsWith('npm prune')) {
      await command('sh', ['-c', `${run} --offline --no-audit`], { cwd, timeout: 120_000, killSignal: 'SIGKILL' })
      return
    }
    t.equal(run, 'mkdir -m 700 /storage && chown node:node /storage', 'every RUN line is known to this test')
    await mkdir(folderOf('storage'), { mode: 0o700 })
    if (isRoot) await chown(folderOf('storage'), NODE_USER, NODE_USER)
  }

  const env = Object.fromEntries(all(final, 'ENV').join(' ').split(' ').map(pair => pair.split('=', 2))) as Readonly<Record<string, string>>
  t.match(env, { RESPACE_HOST: '0.0.0.0', RESPACE_PORT: '8080', RESPACE_STORAGE: '/storage' })
  t.strictSame(all(final, 'EXPOSE'), ['8080'])
  const [node, program = '', ...words] = JSON.parse(all(final, 'CMD')[0] ?? '[]') as string[]
  t.equal(node, 'node')
  const server = start(words, {
    program,
    cwd: folderOf('final'),
    env: { ...env, RESPACE_PORT: '0', RESPACE_STORAGE: folderOf('storage') },
    ...(isRoot && { uid: NODE_USER })
  })
  t.teardown(async () => {
    server.kill('SIGKILL')
    await server.ended
  })
  await until('the server is ready', () => server.stdout().includes('curl'))
  const url = /Web pages +(http:\S+)\//.exec(server.stdout())?.[1] ?? ''
  t.equal(errorCode(await call({ url }, 'auth.createToken', { api_key: API_KEY, api_version: '1.0' })), 0)
  t.notMatch(await readFile(`/proc/${server.pid}/status`, 'utf8').catch(() => ''), /^Uid:\s+0\s/m)

  const [, check = '[]'] = / CMD (\[.*\])$/.exec(all(final, 'HEALTHCHECK')[0] ?? '') ?? []
  const [checker = '', ...checking] = JSON.parse(check) as string[]
  const isHealthy = (port: string) => command(checker, checking, { env: { ...process.env, ...env, RESPACE_PORT: port }, timeout: 30_000 }).then(() => true, () => false)
  t.equal(await isHealthy(new URL(url).port), true)
  const incoming = join(folderOf('storage'), 'incoming')
  await rename(incoming, `${incoming}-aside`)
  await until('a storage that takes no files is not healthy', async () => !await isHealthy(new URL(url).port))
  await rename(`${incoming}-aside`, incoming)
  await until('it is healthy again', () => isHealthy(new URL(url).port))
  server.kill('SIGTERM')
  t.match(await server.ended, { status: 0, signal: null, stderr: '' })
  t.equal(await isHealthy(new URL(url).port), false)
})

/** Of each service: it comes back by itself, its log has an end, and ours may end in peace. */
function isKept (t: Test, { build, restart, logging, stop_grace_period: patience, environment }: ComposeService): void {
  t.match(restart, /^(?:unless-stopped|on-failure)$/)
  t.match(logging, { driver: 'json-file', options: { 'max-size': /^\d+m$/, 'max-file': /^\d+$/ } })
  if (build === undefined) return
  const { drainDelay, gracePeriod } = readConfig({}, environment)
  t.ok(Number(/^(\d+)s$/.exec(patience ?? '')?.[1]) * 1000 > drainDelay + gracePeriod + LAST_DELAY)
}

t.test('compose runs it on port 8080 with one volume, and gives transfers time to end', async t => {
  const text = await readFile(join(ROOT, 'docker-compose.yml'), 'utf8')
  const portsOf = async (variables: Readonly<Record<string, string>>) => (await readCompose('docker-compose.yml', variables)).services.respace?.ports
  t.strictSame(await portsOf({}), ['127.0.0.1:8080:8080'], 'nobody else reaches it unless that is wanted')
  t.strictSame(await portsOf({ PUBLISH_ADDRESS: '0.0.0.0' }), ['0.0.0.0:8080:8080'])
  t.match(text, /volumes:\n +- storage:\/storage/)
  t.notMatch(text, /\t/)
  const services = Object.values((await readCompose('docker-compose.yml', {})).services)
  t.ok(services.length > 0)
  for (const service of services) isKept(t, service)
})

t.test('compose of several servers agrees with itself, with our settings and with the documents', async t => {
  const name = 'docker-compose.scale.yml'
  await t.rejects(readCompose(name, {}), { message: 'RESPACE_SECRET_KEY: 64 hex digits are needed' })
  const { services, volumes, configs } = await readCompose(name, { RESPACE_SECRET_KEY: 'ab'.repeat(32) })
  const { respace, nginx, postgres, minio, bucket } = services
  // Each variable is a setting, with a value that it takes.
  const config = readConfig({}, respace?.environment)
  t.equal(respace?.build, '.')
  t.equal(respace?.ports, undefined, 'several cannot have one port')
  t.ok(Object.keys(services).length >= 5)
  for (const service of Object.values(services)) {
    isKept(t, service)
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      // Ours has its check in the image.
      t.ok(condition === 'service_healthy' ? services[other]?.healthcheck ?? services[other]?.build : condition === 'service_completed_successfully' && services[other]?.entrypoint, other)
    }
    if (service.image !== undefined) t.match(service.image, /:(?:\d+\.\d+|RELEASE\.\d{4}-\d\d-\d\dT[\d-]+Z)/, 'a tag that names one version')
    for (const volume of service.volumes ?? []) t.ok(volume.split(':')[0] ?? '' in volumes, volume)
    for (const { source } of service.configs ?? []) t.ok(source in configs, source)
    t.ok(service.build !== undefined || service.image !== undefined)
  }

  const database = new URL(config.database ?? '')
  t.match(postgres?.environment, { POSTGRES_USER: database.username, POSTGRES_PASSWORD: database.password })
  t.equal(database.pathname, `/${database.username}`, 'the database that the image makes is called as its user')
  for (const address of [database.href, config.redis ?? '', config.blobs?.endpoint ?? '']) t.ok(new URL(address).hostname in services, address)
  const { s3AccessKey: user = '', s3SecretKey: password = '' } = config
  t.match(minio?.environment, { MINIO_ROOT_USER: user, MINIO_ROOT_PASSWORD: password })
  t.match(bucket?.entrypoint, `mc alias set store ${config.blobs?.endpoint} ${user} ${password} && `)
  t.match(bucket?.entrypoint, `mc mb --ignore-existing store/${config.blobs?.bucket}"`)

  t.strictSame(nginx?.ports, ['127.0.0.1:8080:8080'])
  const directives = (text: string) => text.split('\n').map(line => line.trim()).filter(Boolean)
  const inside = directives(/location \/ \{\n([^}]*)\}/.exec(configs.nginx?.content ?? '')?.[1] ?? '')
  const [, documented = ''] = /^```nginx\nlocation \/ \{\n([^}]*)\}/m.exec(await readFile(join(ROOT, 'docs/reverse-proxy.md'), 'utf8')) ?? []
  t.strictSame(inside, directives(documented.replace('http://127.0.0.1:8080', '$respace')))
  t.match(configs.nginx?.content, 'set $respace http://respace:8080;')
})
