/** The law as data: every sentence of docs/contract has a stable id, a mark, and a check or an excuse. */
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { contractText, TABLE_PAGES, withTable } from '../../scripts/contract-tables.ts'
import { linkToSentence, parseLaw } from '../../src/contract/law/law.ts'
import { readLaw, readLawPages } from '../../src/contract/law/pages.ts'
import { publishedChecks } from '../../src/contract/law/published-checks.ts'
import { ROOT } from '../support/cli-process.ts'

const FOLDER = join(ROOT, 'docs/contract')

/** The ids of sentences that have checks. */
const lawOfChecks = (): readonly string[] => [...publishedChecks().values()].flatMap(({ law }) => law)

const linesOf = async (file: string): Promise<string[]> => (await readFile(join(import.meta.dirname, file), 'utf8')).split('\n').filter(line => line !== '')

async function readExcuses (): Promise<Map<string, unknown>> {
  return new Map(Object.entries(parse(await readFile(join(FOLDER, 'excused.yaml'), 'utf8')) as object))
}

t.test('each sentence has a unique id, a mark and a level, and ends with a full stop', async t => {
  const { sentences, problems } = parseLaw(await readLawPages())
  t.strictSame(problems, [])
  t.ok(sentences.length > 400)
  t.equal((await readLaw()).size, sentences.length)
})

t.test('an id once published stays', async t => {
  const ids = [...(await readLaw()).keys()]
  const published = await linesOf('law-ids.txt')
  t.strictSame(published.filter(id => !ids.includes(id)), [], 'none is gone')
  t.strictSame(ids.filter(id => !published.includes(id)), [], 'a new one is added to test/contract/law-ids.txt')
  t.strictSame(published, [...new Set(published)].sort(), 'each stands there once, in order')
})

t.test('each sentence has a check, or an excuse with a reason, or is on the list of those without one', async t => {
  const ids = [...(await readLaw()).keys()]
  const tied = new Set(lawOfChecks())
  const excuses = await readExcuses()
  const untied = await linesOf('law-untied.txt')
  for (const [id, reason] of excuses) {
    t.ok(ids.includes(id), `${id} is a sentence`)
    t.match(reason, /^[A-Z].{10,}\.$/, `${id} has a reason`)
  }
  t.strictSame([...tied].filter(id => !ids.includes(id)), [], 'checks name sentences that there are')
  t.strictSame([...tied].filter(id => excuses.has(id)), [], 'what is tied needs no excuse')
  t.strictSame(untied, ids.filter(id => !tied.has(id) && !excuses.has(id)).sort(), 'the list is exactly the rest: what is tied leaves it')
  t.comment(`${ids.length} sentences: ${tied.size} tied, ${excuses.size} excused, ${untied.length} still to be tied`)
})

t.test('links lead somewhere, and the index names every page', async t => {
  const anchors = new Map<string, string[]>()
  const names = (await readdir(FOLDER)).filter(name => name.endsWith('.md'))
  const files = [...names.map(name => join(FOLDER, name)), join(ROOT, 'README.md'), join(ROOT, 'docs/contract.md'), join(ROOT, 'docs/architecture.md')]
  for (const file of files) {
    const found = anchorsOf(await readFile(file, 'utf8'))
    t.strictSame(found, [...new Set(found)], `${file}: no anchor stands twice, headings among them`)
    anchors.set(file, found)
  }
  const [links, anchored] = [new Set<string>(), new Set<string>()]
  for (const file of files) {
    const text = await readFile(file, 'utf8')
    for (const [link, path = '', anchor] of text.matchAll(/\]\(([^)#:]*)(?:#([^)]*))?\)/g)) {
      const target = path === '' ? file : join(dirname(file), path)
      const isThere = await readFile(target).then(() => true, () => false) || await readdir(target).then(() => true, () => false)
      t.ok(isThere, `${file}: ${link}`)
      links.add(target)
      if (anchor === undefined || !target.endsWith('.md')) continue
      if (!anchors.has(target)) anchors.set(target, anchorsOf(await readFile(target, 'utf8')))
      t.ok(anchors.get(target)?.includes(anchor), `${file}: ${link}`)
      anchored.add(link)
    }
  }
  t.ok(links.size > 20 && anchored.size > 3, `${links.size} pages, ${anchored.size} links into one`)
  const index = await readFile(join(FOLDER, 'README.md'), 'utf8')
  for (const { name } of await readLawPages()) t.ok(index.includes(`[${name}](${name}.md)`), name)
  t.equal(linkToSentence({ id: 'files/only-present', page: 'files' }), 'docs/contract/files.md#only-present')
})

/** Explicit anchors, and those that GitHub creates for headings. */
function anchorsOf (page: string): string[] {
  const text = page.replace(/^ *```[^]*?^ *```/gm, '')
  const headings = [...text.matchAll(/^#{1,6} (.*)$/gm)].map(([, title = '']) => title.toLowerCase().replace(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-'))
  return [...headings, ...[...text.matchAll(/^- <a id="([^"]*)"><\/a>/gm)].map(([, id = '']) => id)]
}

t.test('the tables and contract.json are those of the declarations', async t => {
  t.equal(await readFile(join(FOLDER, 'contract.json'), 'utf8'), await contractText(), 'contract.json: `npm run readme` writes it')
  for (const name of TABLE_PAGES) {
    const page = await readFile(join(FOLDER, `${name}.md`), 'utf8')
    t.equal(await withTable(page, name), page, `${name}: \`npm run readme\` writes it`)
  }
})

t.test('an invalid page of the law is reported with file and line', async t => {
  const good = '- <a id="a-b"></a>**`p/a-b`** (guide, must) It is\n  so.'
  const problemsOf = (...texts: string[]) => parseLaw(texts.map(text => ({ name: 'p', text: `# P\n\n${text}\n` }))).problems
  t.strictSame(parseLaw([{ name: 'p', text: good }]), {
    sentences: [{ id: 'p/a-b', mark: 'guide', level: 'must', text: 'It is so.', page: 'p' }], problems: []
  })
  t.strictSame(problemsOf(`> a note\n\n${good}\n\n  \`\`\`\n  a sample\n  \`\`\`\n\n<!-- x: npm run readme -->\n| a |\n<!-- end of x -->`), [])
  t.match(problemsOf(good, good), [/^p\.md:3: p\/a-b is also at p\.md:3$/])
  t.match(problemsOf('Names are cut.'), [/^p\.md:3: a sentence without an id/])
  t.match(problemsOf(`${good}\n\n  More of it.`), [/^p\.md:6: a sentence without an id/])
  t.match(problemsOf('| a | b |'), [/^p\.md:3: a sentence without an id/])
  t.match(problemsOf('- Names are cut.'), [/^p\.md:3: a sentence without an id/])
  t.match(problemsOf(good.replace('(guide, must) ', '')), [/p\/a-b has no mark/])
  t.match(problemsOf(good.replace('guide', 'rumour')), [/expected a mark .*rumour/])
  t.match(problemsOf(good.replace('guide', 'toString')), [/expected a mark/])
  t.match(problemsOf(good.replace('guide, must', 'guide')), [/expected a mark and a level/])
  t.match(problemsOf(good.replace('so.', 'so')), [/does not end with a full stop/])
  t.match(problemsOf(good.replace('so.', 'so. Or not.')), [/more than one sentence/])
  t.match(problemsOf(good.replace('p/a-b', 'q/a-b')), [/expected p\//])
  t.match(problemsOf(good.replaceAll('a-b', 'A_b')), [/expected p\//])
})
