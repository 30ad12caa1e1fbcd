/**
 * Compiles the tests with everything of ours that they import, once for all of them: compiled anew in each of its processes,
 * a test that starts a server took a second before its first assertion; so it takes a third of one.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { dirname, extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Loader, type Plugin } from 'esbuild'

/** In node_modules packages are found from it, and nobody looks for sources. */
const CACHE = 'node_modules/.cache'

export interface Bundle {
  /** The program of a test: a path from the root of the repository. */
  programOf (test: string): string
  /** Of each file of ours that a test imports, and of the tests: what it imports itself. All are paths from the root. */
  readonly imports: ReadonlyMap<string, readonly string[]>
}

/** Of tests and other programs, named by their paths from the root of the repository; it is removed when this process ends. */
export async function bundleTests (tests: readonly string[]): Promise<Bundle> {
  mkdirSync(CACHE, { recursive: true })
  const output = mkdtempSync(join(CACHE, 'respace-tests-'))
  process.once('exit', () => { rmSync(output, { recursive: true, force: true }) })
  const { metafile } = await build({
    entryPoints: [...tests],
    outbase: '.',
    outdir: output,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    logLevel: 'warning',
    plugins: [sourcePaths]
  })
  const imports = Object.entries(metafile.inputs).map(([path, input]) => [path, input.imports.filter(({ external }) => external !== true).map(({ path }) => path)] as const)
  return { programOf: test => join(output, test.replace(/\.ts$/, '.mjs')), imports: new Map(imports) }
}

/** Files that are read beside a source are read beside the source: `import.meta` says where that is, not where the bundle is. */
const sourcePaths: Plugin = {
  name: 'source-paths',
  setup (build) {
    build.onLoad({ filter: /\.[tj]s$/ }, ({ path }) => {
      const here = { dirname: dirname(path), filename: path, url: pathToFileURL(path).href }
      const contents = readFileSync(path, 'utf8').replaceAll(/\bimport\.meta\.(dirname|filename|url)\b/g, (_, name: keyof typeof here) => JSON.stringify(here[name]))
      return { contents, loader: extname(path).slice(1) as Loader, resolveDir: resolve(dirname(path)) }
    })
  }
}
