/**
 * The law: the pages of `docs/contract`, where each sentence is one list item with an id, a mark and a level. Anything else on a page is a
 * heading, a note (`>`), a sample or a generated table; other text would be a sentence without an id.
 */
import { SOURCES, type Source } from '../../api/provenance.ts'

const LEVELS = ['must', 'should', 'may'] as const
/** How serious it is when another implementation breaks a sentence. Respace keeps all of them. */
export type Level = typeof LEVELS[number]

/** A page; its name is that of its file without `.md`, and the first part of its ids. */
export interface LawPage {
  readonly name: string
  readonly text: string
}

/** One sentence; its text is Markdown, on one line. */
export interface Sentence {
  readonly id: string
  readonly mark: Source
  readonly level: Level
  readonly text: string
  readonly page: string
}

/** A problem of a page: `files.md:12: …`. */
export type LawProblem = string

export interface Law {
  readonly sentences: readonly Sentence[]
  readonly problems: readonly LawProblem[]
}

/** The location of a sentence in the repository: `docs/contract/files.md#only-present`. */
export const linkToSentence = ({ id, page }: Pick<Sentence, 'id' | 'page'>): string => `docs/contract/${page}.md#${slugOf(id)}`

/** All sentences of the pages, in order, and all problems found. */
export function parseLaw (pages: readonly LawPage[]): Law {
  const sentences: Sentence[] = []
  const problems: LawProblem[] = []
  const places = new Map<string, string>()
  for (const page of pages) {
    for (const { line, item, problem } of itemsOf(page.text)) {
      const place = `${page.name}.md:${line}`
      const read = problem ?? readItem(item, page.name)
      if (typeof read === 'string') problems.push(`${place}: ${read}`)
      else if (places.has(read.id)) problems.push(`${place}: ${read.id} is also at ${places.get(read.id)}`)
      else {
        places.set(read.id, place)
        sentences.push(read)
      }
    }
  }
  return { sentences, problems }
}

interface Item {
  readonly line: number
  readonly item: string
  readonly problem?: string
}

const SAMPLE = /^ *```/
const MADE = /^<!-- \w+: npm run readme -->$/
const MADE_END = /^<!-- end of \w+ -->$/
const BETWEEN = /^$|^#{1,3} |^>/

/** The list items of a page, each joined into one line, with the number of its first line. */
function itemsOf (text: string): Item[] {
  const items: Array<{ line: number, item: string, problem?: string }> = []
  let isSample = false
  let isMade = false
  let isOpen = false
  for (const [i, line] of text.split('\n').entries()) {
    if (SAMPLE.test(line)) isSample = !isSample
    if (MADE.test(line)) isMade = true
    const open = isOpen ? items.at(-1) : undefined
    isOpen = false
    if (isSample || SAMPLE.test(line) || isMade || BETWEEN.test(line)) {
      if (MADE_END.test(line)) isMade = false
    } else if (line.startsWith('- ')) {
      items.push({ line: i + 1, item: line })
      isOpen = true
    } else if (open !== undefined && /^ {2}\S/.test(line)) {
      open.item += ` ${line.trim()}`
      isOpen = true
    } else {
      items.push({ line: i + 1, item: line, problem: 'a sentence without an id; notes begin with >' })
    }
  }
  return items
}

function readItem (item: string, page: string): Sentence | string {
  const [, anchor, id, marks, text = ''] = /^- <a id="([^"]*)"><\/a>\*\*`([^`]*)`\*\* (?:\(([^)]*)\) )?(.*)$/.exec(item) ?? []
  if (anchor === undefined || id === undefined) return 'a sentence without an id: expected - <a id="…"></a>**`page/…`** (mark, level) …'
  if (id !== `${page}/${anchor}` || !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(anchor)) return `${id}: expected ${page}/ and the anchor, in words with hyphens`
  if (marks === undefined) return `${id} has no mark`
  const [mark = '', level, more] = marks.split(', ')
  if (!isMark(mark)) return `${id}: expected a mark (${Object.keys(SOURCES).join(', ')}), not ${mark}`
  const known = LEVELS.find(name => name === level)
  if (known === undefined || more !== undefined) return `${id}: expected a mark and a level (${LEVELS.join(', ')}), not (${marks})`
  if (!text.endsWith('.')) return `${id} does not end with a full stop`
  if (/[.!?] [A-Z]/.test(text.replace(/`[^`]*`/g, 'X'))) return `${id} has more than one sentence`
  return { id, mark, level: known, text, page }
}

const isMark = (text: string): text is Source => Object.hasOwn(SOURCES, text)

const slugOf = (id: string): string => id.slice(id.indexOf('/') + 1)
