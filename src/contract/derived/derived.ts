/** The scenarios derived from the declarations: one for each method and document, and one for the order of checks. */
import type { Contract, MethodDescription } from '../../api/contract-format.ts'
import type { Need, Scenario } from '../scenario.ts'
import type { Stage } from '../run/stage.ts'
import { answerChecks, playAnswers } from './answer-checks.ts'
import { documentScenario } from './document-checks.ts'
import { createProps, type Props } from './good-call.ts'
import { hostileCheck, playHostile } from './hostile-checks.ts'
import { orderScenario } from './order-checks.ts'
import { playRefusals, refusalChecks } from './refusal-checks.ts'

export function derivedScenarios ({ methods, documents }: Contract): readonly Scenario[] {
  // Things that valid calls refer to are created once for each version.
  const props = new Map<string, Props>()
  const ofMethods = methods.map((method): Scenario => ({
    name: `derived/${method.name}`,
    needs: needsOf(method),
    checks: [...answerChecks(method), ...refusalChecks(method)],
    async play (stage) {
      const shared = propsOf(stage)
      await playAnswers(method, stage, shared)
      await playRefusals(method, stage, shared)
    }
  }))
  const hostile = methods.map((method): Scenario => ({
    name: `hostile/${method.name}`,
    needs: needsOf(method),
    checks: [hostileCheck(method)],
    play: stage => playHostile(method, stage, propsOf(stage))
  }))
  return [...ofMethods, ...hostile, orderScenario(methods), ...documents.map(documentScenario)]

  function propsOf (stage: Stage): Props {
    const known = props.get(stage.version) ?? createProps(stage)
    props.set(stage.version, known)
    return known
  }
}

function needsOf ({ name, auth, parameters }: MethodDescription): readonly Need[] {
  return [
    ...auth === 'key' || auth === 'key and version' ? [] : ['account' as const],
    ...name === 'auth.register' ? ['register' as const] : [],
    ...parameters.some(parameter => parameter.name === 'emails') ? ['mail' as const] : []
  ]
}
