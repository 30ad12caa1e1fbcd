/** Judges the refusals of a method. */
import type { MethodDescription } from '../../api/contract-format.ts'
import type { Source } from '../../api/provenance.ts'
import type { Check } from '../check.ts'
import { summaryOf, type Reply } from '../client/reply.ts'
import type { Stage } from '../run/stage.ts'
import { childOf } from '../client/xml.ts'
import type { Params } from '../run/run-context.ts'
import { goodCall, goodValue, type Props } from './good-call.ts'
import { levelOf, refusalsOf, type RefusalRule } from './refusals.ts'

export const refusalChecks = (method: MethodDescription): readonly Check[] =>
  refusalsOf(method).map(({ id, about, source, until }) =>
    ({ id: `${method.name}/${id}`, about, level: levelOf(source), source, since: method.since, ...until !== undefined && { until } }))

/** Judges all of them; a refusal is untested when its parameter was not accepted with a valid value. */
export async function playRefusals (method: MethodDescription, stage: Stage, props: Props): Promise<void> {
  const controls = new Map<string, Promise<Reply>>()
  for (const rule of refusalsOf(method)) {
    if (rule.until !== undefined && stage.version >= rule.until) continue
    const id = `${method.name}/${rule.id}`
    const good = await goodCall(method, stage, props)
    const isThere = rule.param in good
    const control = await once(controls, isThere ? 'all that is mandatory' : rule.param, () => playGood(method, rule.param, stage, props))
    if (control.code !== 0) {
      stage.leave(id, `the same call with a valid ${rule.param} failed too: ${summaryOf(control)}`, [control.exchange])
      continue
    }
    const value = typeof rule.value === 'object' ? await stage.context.newToken(stage.version) : rule.value
    const params: Params = { ...good, [rule.param]: value }
    const reply = await stage.call(method.name, params)
    const problem = problemOf(reply, rule, params, method, stage)
    stage.judge(id, problem === undefined, { expected: `error ${rule.code}`, got: problem ?? summaryOf(reply), on: [control, reply] })
  }
}

/** The positive control: all parameters are valid, including this one. */
async function playGood (method: MethodDescription, param: string, stage: Stage, props: Props): Promise<Reply> {
  const good = await goodCall(method, stage, props)
  const parameter = method.parameters.find(({ name }) => name === param)
  const isThere = param in good || parameter === undefined
  return stage.call(method.name, isThere ? good : { ...good, [param]: await goodValue(parameter, stage) })
}

function once<T> (known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const made = known.get(key) ?? make()
  known.set(key, made)
  return made
}

/** What is wrong with a refusal, as a phrase; parts that the profile does not judge are ignored. */
function problemOf (reply: Reply, { code, info }: RefusalRule, params: Params, method: MethodDescription, { context, judges }: Stage): string | undefined {
  if (reply.code !== code) return summaryOf(reply)
  const { result, error, exchange } = reply
  if (judges('observed') && exchange.answer?.status !== 200) return `HTTP ${exchange.answer?.status ?? 0}`
  if (result?.attributes.method !== method.name && judges('observed')) return `method="${result?.attributes.method ?? ''}"`
  if (result?.children[0] !== error) return '<error> is not the first child'
  const text = context.contract.errors.find(known => known.code === code)?.text
  if (error?.attributes.text !== text) return `text="${error?.attributes.text ?? ''}" instead of "${text ?? ''}"`
  if (info !== undefined && judges('choice') && error?.attributes.info !== info) return `info="${error?.attributes.info ?? ''}" instead of "${info}"`
  return problemOfIds(result?.children.map(({ name }) => name) ?? [], childOf(result, 'id')?.text, params, method, judges)
}

function problemOfIds (children: readonly string[], repeated: string | undefined, params: Params, { parameters }: MethodDescription, judges: (source: Source) => boolean): string | undefined {
  const name = parameters.find(({ name, isMandatory }) => isMandatory && /^(?:file|folder)_id$/.test(name))?.name
  const sent = name === undefined ? undefined : params[name]
  const rest = children.slice(1)
  if (sent === undefined || sent === '') return rest.length > 0 && judges('choice') && sent === undefined ? `<${rest.join('><')}> after the error` : undefined
  if (repeated !== sent) return repeated === undefined ? 'the ids are not repeated in <id>' : `<id>${repeated}</id> instead of ${sent}`
  return rest.length > 1 ? `<${rest.join('><')}> after the error` : undefined
}
