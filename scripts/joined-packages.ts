/** How esbuild joins our files with packages, for the build and for the tests. */
import type { Plugin } from 'esbuild'

/** CommonJS packages call `require` for the modules of Node; ES modules do not have it. In two pieces, because the bundle of the tests replaces `import.meta` in sources. */
export const REQUIRE = `import { createRequire as createRequireOfNode } from 'node:module'; const require = createRequireOfNode(${'import'}.meta.url);`

/** Packages that are not joined: they have a compiled part, or are not there. */
export const COMPILED: readonly string[] = ['better-sqlite3', 'pg-native', 'sharp']

/** In Node, `import()` of a CommonJS package has its named exports. In a bundle split by esbuild it has only `default`, so a module in between lists the names. */
export const lazyPackages: Plugin = {
  name: 'lazy-packages',
  setup ({ onResolve, onLoad, initialOptions: { external = [] } }) {
    onResolve({ filter: /^[^.]/ }, ({ path, kind, importer }) =>
      kind === 'dynamic-import' && !path.startsWith('node:') && !external.includes(path) && !importer.includes('node_modules') ? { path, namespace: 'lazy' } : undefined)
    onLoad({ filter: /^/, namespace: 'lazy' }, async ({ path }) => {
      const names = Object.keys(await import(path) as object).filter(name => /^\w+$/.test(name))
      return { contents: `export { ${names.join(', ')} } from '${path}'`, resolveDir: process.cwd() }
    })
  }
}
