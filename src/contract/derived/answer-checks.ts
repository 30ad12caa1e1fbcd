/** Judges the answer to a valid call: exactly the declared elements, in order, each value written as declared. */
import type { ElementDescription, MethodDescription, ValueDescription } from '../../api/contract-format.ts'
import type { ApiVersion } from '../../domain/version.ts'
import { appliesTo, type Check } from '../check.ts'
import { summaryOf, type Reply } from '../client/reply.ts'
import type { Stage } from '../run/stage.ts'
import { childrenOf } from '../client/xml.ts'
import type { RunContext } from '../run/run-context.ts'
import { goodCall, type Props } from './good-call.ts'
import { levelOf } from './refusals.ts'

type Span = Pick<Check, 'since' | 'until'>

const spanOf = ({ since, until }: Pick<ElementDescription, 'since' | 'until'>): Span => ({ since, ...until !== null && { until } })

export function answerChecks ({ name, source, since, answer }: MethodDescription): readonly Check[] {
  const check = (id: string, about: string, of = source, span: Span = {}): Check =>
    ({ id: `${name}/${id}`, about, level: levelOf(of), source: of, ...span, since: [since, span.since ?? since].sort().at(-1) ?? since })
  return [
    check('answers', 'a good call is answered with status ok'),
    check('elements', 'all declared elements of the version, only they, in their order'),
    check('echo', 'method is echoed as it was sent', 'observed'),
    check('echo-small', 'method is echoed in small letters when it was sent so', 'observed'),
    ...answer.flatMap(element => [
      ...element.attributes === null ? [] : [check(`${element.element}@`, `<${element.element}> has all its attributes, only they, in their order`, element.source, spanOf(element))],
      ...(element.attributes ?? []).map(attribute =>
        check(`${element.element}@${attribute.name}`, `<${element.element} ${attribute.name}> is written as declared`, attribute.source, spanOf(element))),
      ...element.text === null ? [] : [check(element.element, `<${element.element}> is written as declared`, element.source, spanOf(element))]
    ])
  ].filter(({ id }, i, all) => all.findIndex(other => other.id === id) === i)
}

export async function playAnswers (method: MethodDescription, stage: Stage, props: Props): Promise<void> {
  const { name } = method
  const reply = await stage.call(name, await goodCall(method, stage, props))
  const status = reply.exchange.answer?.status
  // A server that answers ok to everything returns no elements.
  const lacking = method.answer.find(element => !element.isRepeated && spans(element, stage.version) && stage.judges(element.source) && childrenOf(reply.result, element.element).length === 0)
  const got = status !== 200 ? `HTTP ${status ?? 0}, ${summaryOf(reply)}` : reply.code === 0 && lacking !== undefined ? `status ok without <${lacking.element}>` : summaryOf(reply)
  stage.judge(`${name}/answers`, reply.code === 0 && status === 200 && lacking === undefined, { expected: 'status ok and an answer, HTTP 200', got, on: reply })
  const small = await stage.call(name.toLowerCase(), await goodCall(method, stage, props))
  for (const [id, sent, echoed] of [['echo', name, reply], ['echo-small', name.toLowerCase(), small]] as const) {
    const echo = echoed.result?.attributes.method
    if (echoed.result === undefined) stage.leave(`${name}/${id}`, `not an answer of the API: ${summaryOf(echoed)}`, [echoed.exchange])
    else stage.judge(`${name}/${id}`, echo === sent, { expected: `method="${sent}"`, got: `method="${echo ?? ''}"`, on: echoed })
  }
  if (reply.code !== 0) {
    for (const { id } of answerChecks(method)) stage.leave(id, `the call failed: ${summaryOf(reply)}`, [reply.exchange])
    return
  }
  judgeElements(method, reply, stage)
}

const spans = (element: ElementDescription, version: ApiVersion): boolean => appliesTo(spanOf(element), version)

function judgeElements ({ name, answer }: MethodDescription, reply: Reply, stage: Stage): void {
  const wanted = answer.filter(element => spans(element, stage.version) && stage.judges(element.source))
  const got = (reply.result?.children ?? []).map(child => child.name)
  // Consecutive elements of the same name count once; elements that the profile does not judge are left out.
  const known = new Set(answer.filter(element => !stage.judges(element.source)).map(({ element }) => element))
  const order = got.filter((element, i) => element !== got[i - 1] && !known.has(element))
  const expected = wanted.map(({ element }) => element)
  stage.judge(`${name}/elements`, order.join() === expected.join(), { expected: `<${expected.join('> <')}>`, got: `<${order.join('> <')}>`, on: reply })
  for (const element of wanted) judgeElement(name, element, reply, stage)
}

function judgeElement (method: string, { element, attributes, text }: ElementDescription, reply: Reply, stage: Stage): void {
  const found = childrenOf(reply.result, element)
  if (found.length === 0) {
    const ids = attributes === null ? [element] : [`${element}@`, ...attributes.map(({ name }) => `${element}@${name}`)]
    for (const id of ids) stage.judge(`${method}/${id}`, false, { expected: `<${element}>`, got: 'no such element', on: reply })
    return
  }
  if (text !== null) judgeValue(`${method}/${element}`, text, found.map(each => each.text), reply, stage)
  if (attributes === null) return
  const wanted = attributes.filter(attribute => stage.judges(attribute.source)).map(({ name }) => name)
  const unjudged = new Set(attributes.filter(attribute => !stage.judges(attribute.source)).map(({ name }) => name))
  const names = found.map(each => Object.keys(each.attributes).filter(name => !unjudged.has(name)).join(' '))
  const odd = names.find(each => each !== wanted.join(' '))
  stage.judge(`${method}/${element}@`, odd === undefined, { expected: wanted.join(' '), got: odd ?? wanted.join(' '), on: reply })
  for (const attribute of attributes) judgeValue(`${method}/${element}@${attribute.name}`, attribute, found.map(each => each.attributes[attribute.name]), reply, stage)
}

function judgeValue (id: string, value: ValueDescription, found: ReadonlyArray<string | undefined>, reply: Reply, stage: Stage): void {
  const { about, isWritten } = writingOf(value, stage.context, stage.version)
  const odd = found.find(text => text === undefined || !isWritten(text))
  const isOdd = found.some(text => text === undefined || !isWritten(text))
  stage.judge(id, !isOdd, { expected: about, got: odd === undefined ? (isOdd ? 'nothing' : found[0] ?? '') : JSON.stringify(odd), on: reply })
}

/** How a version writes a value; the declaration covers the forms of all versions. */
export function writingOf ({ value, mayBeEmpty }: ValueDescription, { contract }: RunContext, version: ApiVersion): { readonly about: string, isWritten (text: string): boolean } {
  const writing = contract.values[value]
  if (writing === undefined) throw new Error(`say here how "${value}" is written`)
  const pattern = BY_VERSION[value]?.(version) ?? writing.pattern
  const whole = pattern === undefined ? undefined : new RegExp(`^(?:${pattern})$`)
  return { about: writing.about, isWritten: text => (text === '' && mayBeEmpty) || whole === undefined || whole.test(text) }
}

/** 1.0 has Unix seconds where later versions write a date or -1. */
const BY_VERSION: Readonly<Record<string, (version: ApiVersion) => string>> = {
  uploadTime: version => version === '1.0' ? '[0-9]+' : '[0-9]{4}/[0-9]{2}/[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}',
  end: version => version === '1.0' ? '[0-9]+' : '-1|[0-9]+'
}
