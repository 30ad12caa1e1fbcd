/** Archives are file trees: whatever the names are, every file comes out, on every system. */
// Runs on SQLite only.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { archiveName, distinctPaths } from '../../src/domain/files/archive-name.ts'
import { isPresent } from '../../scripts/bring-components.ts'
import { openSession } from '../support/client.ts'
import { plantTree, type Tree } from '../support/file-tree.ts'
import { problemsOf } from '../support/extraction-rules.ts'
import { startServer, temporaryFolder, type TestServer } from '../support/server.ts'
import { workRatio } from '../support/work-growth.ts'

const LIST = 'import json, sys, zipfile; print(json.dumps(zipfile.ZipFile(sys.argv[1]).namelist()))'

/** Each unpacks an archive into a folder. The second one reads it from a pipe, without a look at its end. */
const UNPACKERS: ReadonlyArray<readonly [name: string, isThere: boolean, unpack: (zip: string, into: string) => void]> = [
  ['unzip', isPresent('unzip'), (zip, into) => { execFileSync('unzip', ['-q', '-n', zip, '-d', into], { env: { ...process.env, LC_ALL: 'C.UTF-8' }, stdio: ['ignore', 'ignore', 'pipe'] }) }],
  ['bsdtar', isPresent('bsdtar'), (zip, into) => { execFileSync('sh', ['-c', 'bsdtar -x -f - -C "$1" < "$0"', zip, into], { env: { ...process.env, LC_ALL: 'C.UTF-8' } }) }],
  ['python', true, (zip, into) => { execFileSync('python3', ['-c', 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])', zip, into]) }]
]

const FRAGMENTS = ['docs', 'DOCS', 'a', 'A', 'e\u0301', '\u00e9', 'ẞ', 'ss', 'ß', 'İ', 'i', 'ı', 'I', '\u212a', 'k', 'K', 'ς', 'σ', 'Σ', 'ſ', 's',
  'con', 'COM¹', 'lpt9', 'nul', 'CONIN$', '.', '..', '...', ' ', '\u200d', '\ufeff', 'a (2)', '.txt', '.TXT', '.tar.gz', '_', ':', '\\', '/', '*', '?', '|', '-', '~', "'",
  '"', '\n', '\u0085', '\u202e', '\ufffe', '🎉', 'ΐ', '각', '日本語', 'x'.repeat(249), '日'.repeat(84), 'ΐ'.repeat(120)]

const nameOf = fc.array(fc.constantFrom(...FRAGMENTS), { minLength: 1, maxLength: 3 }).map(parts => parts.join(''))
const treeOf = (depth: number): fc.Arbitrary<Tree> => fc.record({
  files: fc.array(nameOf, { maxLength: 6 }),
  folders: depth === 0 ? fc.constant([]) : fc.array(fc.tuple(nameOf, treeOf(depth - 1)), { maxLength: 3 })
})
const trees = treeOf(3)

const leaf = (...files: string[]): Tree => ({ files, folders: [] })
const chain = (name: string, depth: number): Tree => depth === 0 ? leaf('deep') : { files: ['beside'], folders: [[name, chain(name, depth - 1)], [name, leaf('again')]] }
const LONG = 'x'.repeat(251) + '.txt'

/** The ones that were lost once. */
const KNOWN: readonly Tree[] = [
  { files: ['docs', 'a'], folders: [['docs', leaf('inside')], ['A', leaf()], ['empty', leaf()]] },
  leaf(LONG, LONG, LONG, '日'.repeat(85), '日'.repeat(85), 'x'.repeat(255), 'x'.repeat(255)),
  leaf('e\u0301.txt', '\u00e9.txt', 'Straße', 'STRASSE', 'straẞe', 'İ', 'i', 'I', '\u212a', 'k', 'ΣΑΣ', 'σας', 'σασ', 'a\u200db', 'ab'),
  leaf('con', 'COM¹.txt', 'com0', 'CONIN$', 'nul .x', 'a.', 'a ', 'a. .', 'a_', 'a', '..', '.', '__MACOSX'),
  leaf('a (2)', 'a (3)', 'a', 'a', 'A', 'a (2)'),
  chain('x'.repeat(255), 31),
  chain('日本語', 31),
  leaf()
]

async function download (server: TestServer, id: string, into: string): Promise<string> {
  const response = await fetch(`${server.url}/folder/${id}/zip`)
  if (response.status !== 200) throw new Error(`status ${response.status}`)
  const path = join(into, 'a.zip')
  await writeFile(path, Buffer.from(await response.arrayBuffer()))
  return path
}

async function contentsBelow (folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return Promise.all(entries.filter(entry => entry.isFile()).map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')))
}

t.test('every file of any tree comes out of its archive, by every program and by the rules of every system', async t => {
  const server = await startServer(t)
  await openSession(server)
  const folder = await temporaryFolder(t)

  async function isWhole (tree: Tree): Promise<void> {
    const { id, contents } = await plantTree(server, 1, tree)
    const zip = await download(server, id, folder)
    const paths = JSON.parse(execFileSync('python3', ['-c', LIST, zip], { encoding: 'utf8' })) as string[]
    const problems = problemsOf(paths)
    if (problems.length > 0) throw new Error(problems.join('\n'))
    for (const [name, isThere, unpack] of UNPACKERS) {
      // Of nothing unzip says, rightly, that it is nothing, and calls that a warning.
      if (!isThere || (name === 'unzip' && paths.length === 0)) continue
      const into = join(folder, 'out')
      await mkdir(into)
      unpack(zip, into)
      const found = await contentsBelow(into)
      if (found.sort().join() !== [...contents].sort().join()) throw new Error(`${name}: ${found.length} of ${contents.length} files`)
      await rm(into, { recursive: true })
    }
  }

  await fc.assert(fc.asyncProperty(trees, isWhole), { numRuns: 20, examples: KNOWN.map(tree => [tree]) })
})

t.test('an empty folder is a folder, and an archive of nothing is one', async t => {
  const server = await startServer(t)
  await openSession(server)
  const folder = await temporaryFolder(t)
  const listOf = async (tree: Tree): Promise<string[]> =>
    JSON.parse(execFileSync('python3', ['-c', LIST, await download(server, (await plantTree(server, 1, tree)).id, folder)], { encoding: 'utf8' })) as string[]
  t.strictSame(await listOf({ files: ['a', 'docs'], folders: [['docs', leaf('b')], ['none', { files: [], folders: [['deep', leaf()]] }]] }),
    ['a', 'docs', 'docs (2)/b', 'none/deep/'])
  t.strictSame(await listOf(leaf()), [])
  t.equal((await readFile(join(folder, 'a.zip'))).length, 22, 'its end, and nothing else')
})

t.test('numbers fit into a name, and its extension stays', async t => {
  const names = distinctPaths([LONG, LONG, `x/${LONG}`, '日'.repeat(85), '日'.repeat(85)])
  t.strictSame(names.slice(0, 3), [LONG, `${'x'.repeat(240)} (2).txt`, `x/${LONG}`])
  t.equal(names[4], `${'日'.repeat(81)} (2)`)
  t.equal(archiveName('y'.repeat(300) + '.txt'), 'y'.repeat(251) + '.txt')
  t.equal(archiveName(`con.${'y'.repeat(251)}`), `_con.${'y'.repeat(250)}`)
})

t.test('every letter is one with its capital and its small letter', async t => {
  const apart: string[] = []
  for (let code = 0x21; code <= 0x1ffff; code++) {
    const letter = String.fromCodePoint(code)
    if (/\p{Surrogate}/u.test(letter)) continue
    for (const other of new Set([letter.toLowerCase(), letter.toUpperCase(), letter.normalize('NFD'), letter.normalize('NFC')])) {
      if (other !== letter && distinctPaths([letter, other])[1] === other) apart.push(letter)
    }
  }
  t.strictSame(apart, [])
})

t.test('many names and long ones are no more work than they are long', async t => {
  const number = (i: number, digits: number) => String(i).padStart(digits, '0')
  const cases: Record<string, (size: number) => void> = {
    'dots before a letter': size => { archiveName('.'.repeat(size * 6) + 'x') },
    'dots and spaces at the end': size => { archiveName('x' + '. '.repeat(size * 6)) },
    'one name': size => { distinctPaths(Array<string>(size).fill('same.txt')) },
    'one name, its numbers taken': size => { distinctPaths([...Array.from({ length: size }, (_, i) => `a (${i + 2})`), ...Array<string>(size).fill('a')]) },
    'names that are cut for one': size => { distinctPaths(Array.from({ length: size }, (_, i) => 'x'.repeat(245) + number(i >> 1, 10))) },
    'names of names': size => { distinctPaths(Array.from({ length: size }, (_, i) => `a${' (2)'.repeat(i % 50)}`)) }
  }
  for (const [name, work] of Object.entries(cases)) {
    const ratio = workRatio(work, 10_000, 3)
    t.ok(ratio <= 3, `${name}: ${ratio.toFixed(2)}`)
  }
})

t.test('what unzip says of an archive', { skip: isPresent('unzip') ? false : 'unzip is not installed' }, async t => {
  const server = await startServer(t)
  await openSession(server)
  const zip = await download(server, (await plantTree(server, 1, { files: ['a'], folders: [['b', leaf()]] })).id, await temporaryFolder(t))
  const { stdout } = spawnSync('zipinfo', ['-v', zip], { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } })
  t.match(stdout, /file last modified on \(UT extra field modtime\):\s+2026 Jan 2 03:04:05 UTC/)
  t.match(stdout, /Unix file attributes \(100644 octal\):\s+-rw-r--r--/)
  t.match(stdout, /Unix file attributes \(040755 octal\):\s+drwxr-xr-x/)
  t.match(stdout, /extended local header:\s+no/, 'sizes and sums stand in front')
})
