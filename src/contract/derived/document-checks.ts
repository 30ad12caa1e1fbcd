/** Judges the documents of an upload and its progress: exactly the declared elements, in order, each value written as declared. */
import type { DocumentDescription, ElementDescription } from '../../api/contract-format.ts'
import { anonymousUpload } from '../steps/anonymous-upload.ts'
import { appliesTo, type Check } from '../check.ts'
import type { Scenario } from '../scenario.ts'
import { headerOf, textOf, type Exchange } from '../client/exchange.ts'
import type { Stage } from '../run/stage.ts'
import { parseXml } from '../client/xml.ts'
import { writingOf } from './answer-checks.ts'
import { levelOf } from './refusals.ts'

type Line = readonly [name: string, value: string]

export function documentScenario (document: DocumentDescription): Scenario {
  const { name, contentType } = document
  const isXml = contentType.startsWith('text/xml')
  // The guide shows the documents; the type of the XML ones is our choice.
  const typeSource = isXml ? 'choice' : document.source
  const check = (id: string, about: string, { source, since, until }: Pick<ElementDescription, 'source'> & Partial<Pick<ElementDescription, 'since' | 'until'>>): Check =>
    ({ id: `${name}/${id}`, about, level: levelOf(source), source, ...since !== undefined && { since }, ...until && { until } })
  return {
    name: `derived/${name}`,
    needs: name === 'upload_done' ? [] : ['account'],
    checks: [
      check('type', `Content-Type is ${contentType}`, { source: typeSource }),
      check('elements', 'all declared elements of the version, only they, in their order', document),
      ...allOf(document).map(element => check(element.element, isXml ? `<${element.element}> is written as declared` : `${element.element}= is written as declared`, element))
    ],
    async play (stage) {
      const exchange = await answerOf(name, stage)
      const type = headerOf(exchange, 'content-type') ?? ''
      stage.judge(`${name}/type`, type === contentType, { expected: contentType, got: type, on: exchange })
      judgeLines(document, isXml ? linesOfXml(exchange, name) : linesOfText(exchange), exchange, stage)
    }
  }
}

const allOf = ({ head, each, tail }: DocumentDescription): readonly ElementDescription[] => [...head, ...each, ...tail]

async function answerOf (name: string, stage: Stage): Promise<Exchange> {
  if (name === 'upload_done') return anonymousUpload(stage)
  const actor = await stage.main()
  if (name === 'upload_status') return actor.upload({})
  if (name === 'progress') return stage.send({ url: (await actor.ticket()).progressUrl })
  throw new Error(`say here what is answered with ${name}`)
}

function judgeLines (document: DocumentDescription, lines: readonly Line[], exchange: Exchange, stage: Stage): void {
  const { name } = document
  const inVersion = allOf(document).filter(({ since, until }) => appliesTo({ since, ...until !== null && { until } }, stage.version))
  const wanted = inVersion.filter(({ source }) => stage.judges(source)).map(({ element }) => element)
  const unjudged = new Set(inVersion.filter(({ source }) => !stage.judges(source)).map(({ element }) => element))
  const got = lines.map(([line]) => line).filter(line => !unjudged.has(line))
  stage.judge(`${name}/elements`, got.join() === wanted.join(), { expected: wanted.join(' '), got: got.join(' ') || textOf(exchange).slice(0, 100), on: exchange })
  for (const { element, text } of inVersion) {
    if (text === null) throw new Error(`${element} of ${name} has no text`)
    const value = lines.find(([line]) => line === element)?.[1]
    const { about, isWritten } = writingOf(text, stage.context, stage.version)
    stage.judge(`${name}/${element}`, value !== undefined && isWritten(value), { expected: about, got: value === undefined ? 'nothing' : JSON.stringify(value), on: exchange })
  }
}

/** `name=value`; the text after the last line break is a line only when it is not empty. */
const linesOfText = (exchange: Exchange): readonly Line[] =>
  textOf(exchange).replace(/\n$/, '').split('\n').map(line => [line.replace(/=.*/s, ''), line.includes('=') ? line.slice(line.indexOf('=') + 1) : ''])

/** Nothing for any other document. */
function linesOfXml (exchange: Exchange, root: string): readonly Line[] {
  try {
    const document = parseXml(textOf(exchange))
    return document.name === root ? document.children.map(({ name, text }) => [name, text]) : []
  } catch {
    return []
  }
}
