/** Which tests a change can break. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'

/** What tests of the built program start; they do not import it. */
export const PROGRAM = 'src/main.ts'

/** Other packages, or another language. */
const EVERYWHERE: readonly string[] = ['package-lock.json', 'tsconfig.json', 'scripts/joined-packages.ts', 'scripts/tests/bundle.ts', 'scripts/tests/error-domain.ts', 'scripts/tests/run-test.ts']

export interface Sources {
  /** Of each file of ours: what it imports, as paths from the root of the repository. */
  readonly imports: ReadonlyMap<string, readonly string[]>
  textOf (file: string): string
}

/** The files that differ from where the branch left `main`, committed or not, and those that are new: paths from the root. */
export function changedFiles (folder = '.'): string[] {
  const git = (...words: readonly string[]): string[] => execFileSync('git', words, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n').filter(line => line !== '')
  const [base = 'HEAD'] = ['main', 'origin/main'].flatMap(branch => {
    try {
      return git('merge-base', 'HEAD', branch)
    } catch {
      return []
    }
  })
  return [...new Set([...git('diff', '--name-only', '--no-renames', base), ...git('ls-files', '--others', '--exclude-standard')])].sort()
}

/**
 * The tests that reach a changed file: they import it, directly or not; they start the built program, and that imports it; or it is
 * no source, and one of the sources they reach names it, or between quotes its folder, as those do that read it.
 */
export function testsThatReach (changed: readonly string[], tests: readonly string[], { imports, textOf }: Sources): string[] {
  if (changed.some(file => EVERYWHERE.includes(file))) return [...tests]
  const others = changed.filter(file => !imports.has(file)).map(readerOf)
  const isChanged = new Set(changed)
  const known = new Map<string, boolean>()
  const isTouched = (file: string): boolean => {
    const answer = known.get(file) ?? (isChanged.has(file) || others.some(reads => reads(file, textOf(file))))
    known.set(file, answer)
    return answer
  }
  return tests.filter(test => [...reachOf(test, { imports, textOf })].some(isTouched))
}

/** A file and all that it imports. */
function reachOf (test: string, { imports, textOf }: Sources): Set<string> {
  const reached = new Set([test])
  // A set that grows while it is walked is walked to its end.
  for (const file of reached) {
    for (const imported of imports.get(file) ?? []) reached.add(imported)
    if (file.startsWith('test/') && textOf(file).includes('dist/')) reached.add(PROGRAM)
  }
  return reached
}

/** Whether a source with this text reads the file. */
function readerOf (file: string): (source: string, text: string) => boolean {
  const [name, folder] = [basename(file), basename(dirname(file))].map(text => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const namesIt = new RegExp(`\\b${name}`)
  const listsIt = new RegExp(`['"\`/]${folder}['"\`]`)
  // Comments of the program send readers to a page, and it has a path `/docs` of its own: what it reads itself it finds in two ways.
  const readsIt = new RegExp(`\\b(?:packagePath|new URL)\\([^)\n]*\\b(?:${name}|${folder}/?['"\`])`)
  return (source, text) => source.startsWith('src/') ? readsIt.test(text) : namesIt.test(text) || (file.includes('/') && listsIt.test(text))
}

/** Those of this repository. */
export function sourcesOf (imports: Sources['imports']): Sources {
  const texts = new Map<string, string>()
  return {
    imports,
    textOf (file) {
      const text = texts.get(file) ?? readFileSync(file, 'utf8')
      texts.set(file, text)
      return text
    }
  }
}
