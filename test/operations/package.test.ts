// Runs on SQLite only.
/** The package as users install it: what `npm pack` makes, in an empty folder, with its dependencies and no other packages. */
import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { hashOfInputs } from '../../scripts/build-inputs.ts'
import { ROOT, start } from '../support/cli-process.ts'
import { temporaryFolder } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const command = promisify(execFile)

interface Manifest {
  readonly private?: boolean
  readonly bin: { readonly respace: string }
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const manifestOf = async (folder: string): Promise<Manifest> => JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest

/** A folder in which the package is installed. Its dependencies are links to those of this repository. */
async function install (t: Test): Promise<string> {
  const folder = await temporaryFolder(t)
  const { stdout } = await command('npm', ['pack', '--ignore-scripts', '--json', '--offline', '--pack-destination', folder], { cwd: ROOT })
  const [{ filename }] = JSON.parse(stdout) as [{ readonly filename: string }]
  const target = join(folder, 'node_modules', 'respace')
  await mkdir(target, { recursive: true })
  await command('tar', ['-xzf', join(folder, filename), '--strip-components=1', '-C', target])
  for (const name of Object.keys((await manifestOf(target)).dependencies ?? {})) await symlink(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
  await writeFile(join(folder, 'package.json'), '{ "name": "of-a-user", "version": "1.0.0" }')
  return folder
}

t.test('the package', async t => {
  const folder = await install(t)
  const installed = join(folder, 'node_modules', 'respace')
  const manifest = await manifestOf(installed)
  const names = await readdir(installed, { recursive: true })
  const run = (file: string) => command(process.execPath, [file], { cwd: folder })

  await t.test('can be published, and needs one dependency', async t => {
    t.equal(manifest.private, undefined)
    t.strictSame(Object.keys(manifest.dependencies ?? {}), ['better-sqlite3'])
    t.strictSame(Object.keys(manifest.optionalDependencies ?? {}), ['sharp'])
    for (const name of ['README.md', 'LICENSE', 'CHANGELOG.md', 'docs/emulator.md', 'docs/contract/contract.json', 'dist/licenses.txt', 'dist/public/tus.js']) t.ok(names.includes(name), name)
    t.strictSame(names.filter(name => /(?:^|\/)(?:test|src|node_modules|storage)(?:\/|$)|\.map$/.test(name)), [])
    t.match(await readFile(join(installed, 'dist/licenses.txt'), 'utf8'), /^fastify [\d.]+ \(MIT\)\n\nMIT License/m)
  })

  await t.test('the links of its README lead to files of the package', async t => {
    const readme = await readFile(join(installed, 'README.md'), 'utf8')
    const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = '']) => link)
    t.ok(links.length > 5)
    t.strictSame(links.filter(link => !names.includes(link.replace(/\/$/, ''))), [])
  })

  await t.test('runs its program without a warning', async t => {
    const emulator = start(['dev', '--port', '0'], { program: join(installed, manifest.bin.respace), cwd: folder })
    t.teardown(() => { emulator.kill('SIGKILL') })
    await until('the emulator is ready', () => emulator.stdout().includes('curl'))
    t.match(await (await fetch(/http:\S+auth\.createToken[^']*/.exec(emulator.stdout())?.[0] ?? '')).text(), /status="ok"/)
    emulator.kill('SIGTERM')
    t.equal((await emulator.ended).stderr, '')
  })

  await t.test('every name that it imports lazily is exported', async t => {
    const dist = join(installed, 'dist')
    let found = 0
    for (const file of (await readdir(dist)).filter(name => name.endsWith('.js'))) {
      for (const [, names = '', chunk = ''] of (await readFile(join(dist, file), 'utf8')).matchAll(/const \{ ([^}]+) \} = await import\("(\.\/[^"]+)"\)/g)) {
        const loaded = await import(join(dist, chunk)) as Readonly<Record<string, unknown>>
        found++
        for (const name of names.split(', ').map(pair => pair.replace(/:.*/, ''))) t.not(loaded[name], undefined, `${name} of ${chunk}`)
      }
    }
    t.ok(found > 8, `${found}`)
  })

  const use = (imports: string): string => `${imports}
startEmulator({ ids: 1 }).then(async emulator => {
  const answer = await fetch(emulator.url + '/rest/?method=auth.createToken&api_key=RESPACE001&api_version=1.0')
  console.log((await answer.text()).includes('status="ok"'), typeof check)
  await emulator.close()
})
`
  await t.test('import and require', async t => {
    await writeFile(join(folder, 'with-import.mjs'), use("import { startEmulator } from 'respace/emulator'\nimport { check } from 'respace/contract'"))
    await writeFile(join(folder, 'with-require.cjs'), use("const { startEmulator } = require('respace/emulator')\nconst { check } = require('respace/contract')"))
    for (const file of ['with-import.mjs', 'with-require.cjs']) t.strictSame(await run(file), { stdout: 'true function\n', stderr: '' }, file)
    const exportsOf = async (file: string) => (await command(process.execPath, ['--input-type=module', '-e', `console.log(Object.keys(await import('./node_modules/respace/dist/${file}')).filter(name => name !== 'default' && name !== 'module.exports').sort().join())`], { cwd: folder })).stdout
    for (const file of ['start-emulator', 'check-contract']) t.equal(await exportsOf(`${file}.cjs`), await exportsOf(`${file}.js`), file)
  })

  await t.test('its types are accepted in modules and in CommonJS', async t => {
    const typed = `import { startEmulator, type RunningEmulator, type FaultRule } from 'respace/emulator'
import { check, type CheckReport } from 'respace/contract'
export async function use (): Promise<CheckReport> {
  const emulator: RunningEmulator = await startEmulator({ seed: 'none' })
  const rule: FaultRule = { match: { method: 'upload.getInfo' }, answer: { error: 15 } }
  void rule
  const url: string = emulator.url
  // @ts-expect-error: it has no such option
  void startEmulator({ colour: 'red' })
  return check({ url, profile: 'observed' })
}
`
    await symlink(join(ROOT, 'node_modules/@types'), join(folder, 'node_modules/@types'))
    for (const name of ['typed.mts', 'typed.cts', 'typed.ts']) await writeFile(join(folder, name), typed)
    const strict = ['--strict', '--noEmit', '--types', 'node', '--target', 'es2022', '--lib', 'es2022,dom']
    await Promise.all([
      ['--module', 'nodenext', '--moduleResolution', 'nodenext', 'typed.mts', 'typed.cts'],
      ['--module', 'esnext', '--moduleResolution', 'bundler', 'typed.ts']
    ].map(async words => {
      const { stdout } = await command(process.execPath, [join(ROOT, 'node_modules/typescript/lib/tsc.js'), ...strict, ...words], { cwd: folder }).catch((error: { readonly stdout: string }) => error)
      t.equal(stdout, '', words.join(' '))
    }))
  })
})

t.test('a build is made again when anything that it is made of is another', async t => {
  const folder = await temporaryFolder(t)
  await mkdir(join(folder, 'src/inner'), { recursive: true })
  const write = (name: string, text: string) => writeFile(join(folder, name), text)
  await write('lock', '1')
  await write('src/a.ts', 'a')
  await write('src/inner/b.ts', 'b')
  const hash = (commit = 'one') => hashOfInputs(commit, ['src', 'lock'], folder)
  const first = hash()
  t.equal(hash(), first, 'the same otherwise')
  const seen = new Set([first, hash('two')])
  for (const change of [() => write('lock', '2'), () => write('src/inner/b.ts', 'c'), () => write('src/inner/new.ts', ''), () => rename(join(folder, 'src/a.ts'), join(folder, 'src/z.ts')), () => rm(join(folder, 'src/z.ts'))]) {
    await change()
    seen.add(hash())
  }
  t.equal(seen.size, 7, 'each of seven is another')
  t.match(JSON.parse(await readFile(join(ROOT, 'dist/build.json'), 'utf8')), { inputs: /^[0-9a-f]{64}$/ }, 'the program that is tested is a finished build')
})
