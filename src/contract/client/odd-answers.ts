/** Inspects every answer of a run for defects that a check on a single call would find only by chance. */
import { textOf, type Exchange } from './exchange.ts'
import type { Reply } from './reply.ts'
import { parseXml } from './xml.ts'

export interface OddAnswers {
  look (reply: Reply): void
  /** How many of them were answers of the API. */
  count (): number
  /** The first one that a strict parser rejects, and why. */
  unreadable (): readonly [Exchange, string] | undefined
  /** The first one with anything but one space between attributes, and the tag. */
  spaced (): readonly [Exchange, string] | undefined
}

export function createOddAnswers (): OddAnswers {
  let count = 0
  let unreadable: readonly [Exchange, string] | undefined
  let spaced: readonly [Exchange, string] | undefined
  return {
    look ({ exchange, result }) {
      if (exchange.answer?.status !== 200 || exchange.problem !== undefined) return
      if (result !== undefined) count++
      const text = textOf(exchange)
      const problem = problemOf(text)
      if (problem !== undefined) unreadable ??= [exchange, problem]
      const tag = spacedTag(text)
      if (tag !== undefined) spaced ??= [exchange, tag]
    },
    count: () => count,
    unreadable: () => unreadable,
    spaced: () => spaced
  }
}

function problemOf (text: string): string | undefined {
  try {
    parseXml(text)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message.trim() : String(error)
  }
}

/** The first tag with anything but one space before an attribute; programs without an XML parser split there. */
export function spacedTag (xml: string): string | undefined {
  for (const [tag, attributes = ''] of xml.matchAll(/<[\w.:-]+((?:\s+[\w.:-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*\/?>/g)) {
    if (!/^(?: [\w.:-]+=(?:"[^"]*"|'[^']*'))*$/.test(attributes)) return tag
  }
  return undefined
}
