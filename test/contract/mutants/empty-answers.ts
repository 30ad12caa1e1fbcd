/** Mutants for the checks that are derived from the declared answers: one for each method, and one for the echo of all. */
import { readContract } from '../../../src/contract/law/contract-file.ts'
import { publishedChecks } from '../../../src/contract/law/published-checks.ts'
import { answerChecks } from '../../../src/contract/derived/answer-checks.ts'
import { answering, okOf } from '../by-method.ts'
import { rewriteApi, type Mutant } from '../mutant.ts'

const published = publishedChecks()
const methods = readContract().methods.map(method => ({ method, ids: answerChecks(method).map(({ id }) => id).filter(id => published.has(id)) }))
const isEcho = (id: string): boolean => /\/echo(?:-small)?$/.test(id)

/** Whether an answer of this method may have no element at all. */
const mayBeEmpty = (name: string): boolean => methods.some(({ method }) => method.name === name && method.answer.every(({ isRepeated }) => isRepeated))

export const emptyAnswerMutants: readonly Mutant[] = [
  {
    name: 'the echo is another method',
    kills: methods.flatMap(({ ids }) => ids.filter(isEcho)),
    answer: rewriteApi(text => text.replace(/<result method="([^"]+)"/, '<result method="$1.other"'))
  },
  ...methods.filter(({ method }) => method.answer.length > 0).map(({ method: { name }, ids }): Mutant => ({
    name: `${name} is ok without a result`,
    kills: ids.filter(id => !isEcho(id) && !(mayBeEmpty(name) && id.endsWith('/answers'))),
    answer: answering(name, text => text.includes('status="ok"') ? okOf(name) : text)
  })),
  ...methods.filter(({ method: { name } }) => mayBeEmpty(name)).map(({ method: { name } }): Mutant => ({
    name: `${name} always fails`,
    kills: [`${name}/answers`],
    answer: answering(name, text => text.replace(/(<result [^>]*)status="ok"[^]*/, '$1status="fail">\n\t<error code="4" text="A mutant"/>\n</result>\n'))
  }))
]
