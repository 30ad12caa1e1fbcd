/**
 * Builds `dist/`: esbuild bundles our files and the packages into a few files. They start faster than hundreds of files, and
 * leave what has a compiled part: better-sqlite3, and sharp, which may be missing. Types are checked, and bundled into one file for each export.
 */
import { execFile, execFileSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { generateDtsBundle } from 'dts-bundle-generator'
import { build, type Metafile } from 'esbuild'
import { hashOfInputs } from './build-inputs.ts'
import { COMPILED, lazyPackages, REQUIRE } from './joined-packages.ts'

/** What `package.json` exports: `respace/emulator` and `respace/contract`. */
const EXPORTED = ['start-emulator', 'check-contract'] as const

/** Programs of processes and threads of their own. */
const PROGRAMS = ['children/thumbnail-child', 'children/text-child', 'database/sqlite-thread'] as const

const commit = findCommit()
const inputs = hashOfInputs(commit)
if (inputs === inputsOfLastBuild()) process.exit()

rmSync('dist', { recursive: true, force: true })
// Beside the rest, on another processor.
const checked = promisify(execFile)(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--noEmit'])
  .then(() => '', (error: { readonly stdout?: string }) => error.stdout ?? String(error))
const { metafile } = await build({
  entryPoints: [...['main', ...EXPORTED].map(name => ({ in: `src/${name}.ts`, out: name })), ...PROGRAMS.map(name => ({ in: `src/adapters/${name}.ts`, out: basename(name) }))],
  outdir: 'dist',
  bundle: true,
  external: [...COMPILED],
  banner: { js: REQUIRE },
  // Dynamic imports become separate files.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  legalComments: 'none',
  plugins: [lazyPackages],
  metafile: true,
  logLevel: 'warning'
})
writeFileSync('dist/licenses.txt', licenses(metafile))
cpSync('src/web/public', 'dist/public', { recursive: true })
cpSync('src/as-sendspace/node-proxy.cjs', 'dist/node-proxy.cjs')
cpSync(createRequire(import.meta.url).resolve('tus-js-client/dist/tus.min.js'), 'dist/public/tus.js')
const types = generateDtsBundle(EXPORTED.map(name => ({ filePath: `src/${name}.ts`, output: { noBanner: true } })), { preferredConfigPath: 'tsconfig.build.json' })
for (const [index, name] of EXPORTED.entries()) {
  const text = types[index] ?? ''
  writeFileSync(`dist/${name}.d.ts`, text)
  writeFileSync(`dist/${name}.d.cts`, text)
  writeFileSync(`dist/${name}.cjs`, forRequire(name))
}
const problems = await checked
// Last: an interrupted build, or one with problems, is made again.
writeFileSync('dist/build.json', JSON.stringify({ commit, inputs: problems === '' ? inputs : undefined }) + '\n')
if (problems !== '') {
  process.stderr.write(problems)
  process.exitCode = 1
}

/** undefined when there is none that was finished. */
function inputsOfLastBuild (): string | undefined {
  try {
    return (JSON.parse(readFileSync('dist/build.json', 'utf8')) as { readonly inputs?: string }).inputs
  } catch {
    return undefined
  }
}

/** For programs in CommonJS: all that these files export are async functions, so each can import the module when it is called. */
function forRequire (name: string): string {
  const names = metafile.outputs[`dist/${name}.js`]?.exports ?? []
  return "'use strict'\n" + names.map(exported => `exports.${exported} = async (...given) => (await import('./${name}.js')).${exported}(...given)\n`).join('')
}

/** The licenses of the packages that are part of the built files. */
function licenses ({ inputs }: Metafile): string {
  const folders = new Set(Object.keys({ ...inputs, 'node_modules/tus-js-client/': {} }).flatMap(file => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []))
  return [...folders].sort().map(folder => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { readonly name: string, readonly version: string, readonly license: string }
    const file = readdirSync(folder).find(file => /^licen[cs]e/i.test(file))
    return `${name} ${version} (${license})\n\n${file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim() + '\n\n'}`
  }).join(`${'-'.repeat(72)}\n`)
}

/** The commit of the build, for metrics; '' outside a clone. */
function findCommit (): string {
  try {
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return ''
  }
}
