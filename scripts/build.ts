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
import { build, type Metafile, type Plugin } from 'esbuild'

/** What `package.json` exports: `respace/emulator` and `respace/contract`. */
const EXPORTED = ['start-emulator', 'check-contract'] as const

/** Programs of processes and threads of their own. */
const PROGRAMS = ['children/thumbnail-child', 'children/text-child', 'database/sqlite-thread'] as const

/** Packages that are not joined. */
const EXTERNAL = ['better-sqlite3', 'pg-native', 'sharp']

/** In Node, `import()` of a CommonJS package has its named exports. In a bundle split by esbuild it has only `default`, so a module in between lists the names. */
const lazyPackages: Plugin = {
  name: 'lazy-packages',
  setup ({ onResolve, onLoad }) {
    onResolve({ filter: /^[^.]/ }, ({ path, kind, importer }) =>
      kind === 'dynamic-import' && !path.startsWith('node:') && !EXTERNAL.includes(path) && !importer.includes('node_modules') ? { path, namespace: 'lazy' } : undefined)
    onLoad({ filter: /^/, namespace: 'lazy' }, async ({ path }) => {
      const names = Object.keys(await import(path) as object).filter(name => /^\w+$/.test(name))
      return { contents: `export { ${names.join(', ')} } from '${path}'`, resolveDir: process.cwd() }
    })
  }
}

rmSync('dist', { recursive: true, force: true })
// Beside the rest, on another processor.
const checked = promisify(execFile)(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--noEmit'])
  .then(() => '', (error: { readonly stdout?: string }) => error.stdout ?? String(error))
const { metafile } = await build({
  entryPoints: [...['main', ...EXPORTED].map(name => ({ in: `src/${name}.ts`, out: name })), ...PROGRAMS.map(name => ({ in: `src/adapters/${name}.ts`, out: basename(name) }))],
  outdir: 'dist',
  bundle: true,
  external: EXTERNAL,
  // CommonJS packages call `require` for the modules of Node; ES modules do not have it.
  banner: { js: "import { createRequire as createRequireOfNode } from 'node:module'; const require = createRequireOfNode(import.meta.url);" },
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
writeFileSync('dist/build.json', JSON.stringify({ commit: commit() }) + '\n')
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
if (problems !== '') {
  process.stderr.write(problems)
  process.exitCode = 1
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
function commit (): string {
  try {
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return ''
  }
}
