/** Contract, answers: unset values, escaping, and names that come back unchanged. */
import type { Actor } from '../../run/actor.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { textOf } from '../../client/exchange.ts'
import { summaryOf, type Reply } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'
import { childOf } from '../../client/xml.ts'

/** Names that careless readers of XML, HTML or text misread; the last one has 255 bytes. */
const NAMES = [
  'R&amp;D.txt', 'a&copy;.txt', ']]>.txt', 'it\'s "quoted".txt', '<b>.txt', '🦊é日.txt', 'a\u202eb\u200f.txt', '%20+%zz.txt', `${'n'.repeat(251)}.txt`
]

export const answerValueScenarios: readonly Scenario[] = [{
  name: 'answers/values',
  needs: ['account'],
  checks: [
    declare('answers/attributes-always', 'must', 'observed', 'an attribute that is not set is there and ""'),
    declare('answers/escape-attribute', 'must', 'guide', '& < > " in a name are escaped'),
    declare('answers/escape-controls', 'should', 'choice', 'TAB LF CR in a description come back through a strict parser'),
    declare('answers/forbidden-replaced', 'should', 'choice', 'U+0001 and U+FFFE become U+FFFD'),
    declare('answers/names-round-trip', 'must', 'observed', 'R&amp;D.txt, a&copy;.txt, ]]>, quotes, emoji, marks of direction and 255 bytes come back through a strict parser')
  ],
  async play (stage) {
    const actor = await stage.main()
    const file = await actor.file()
    const plain = await actor.call('files.getInfo', { file_id: file })
    const { description, password } = childOf(plain.result, 'file')?.attributes ?? {}
    stage.judge('answers/attributes-always', description === '' && password === '', { expected: 'description="" password=""', got: plain.code === 0 ? `description=${JSON.stringify(description)} password=${JSON.stringify(password)}` : summaryOf(plain), on: plain })
    await judgeEscapes(stage, actor)
    await judgeDescription(stage, actor, file, 'answers/escape-controls', 'a\tb\nc\rd', 'a\tb\nc\rd')
    await judgeDescription(stage, actor, file, 'answers/forbidden-replaced', 'a\u0001b\ufffec', 'a\ufffdb\ufffdc')
    for (const name of NAMES) {
      const set = await actor.call('files.setInfo', { file_id: file, name })
      const read = await actor.call('files.getInfo', { file_id: file })
      const got = childOf(read.result, 'file')?.attributes.name
      stage.judge('answers/names-round-trip', set.code === 0 && got === name, { expected: JSON.stringify(name), got: set.code === 0 ? JSON.stringify(got ?? summaryOf(read)) : summaryOf(set), on: [set, read] })
    }
  }
}]

async function judgeEscapes (stage: Stage, actor: Actor): Promise<void> {
  const name = 'a&b<c>d"e'
  const reply = await actor.call('folders.create', { name, parent_folder_id: await actor.home() })
  const written = / name="([^"]*)"/.exec(textOf(reply.exchange))?.[1] ?? ''
  const isEscaped = !/[<>]/.test(written) && !/&(?!(?:amp|lt|gt|quot|#\d+|#x[\da-f]+);)/i.test(written)
  stage.judge('answers/escape-attribute', isEscaped && childOf(reply.result, 'folder')?.attributes.name === name, { expected: 'a&amp;b&lt;c&gt;d&quot;e', got: reply.problem ?? written, on: reply })
}

async function judgeDescription (stage: Stage, actor: Actor, file: string, id: string, sent: string, expected: string): Promise<void> {
  const set: Reply = await actor.call('files.setInfo', { file_id: file, description: sent })
  const read = await actor.call('files.getInfo', { file_id: file })
  const got = childOf(read.result, 'file')?.attributes.description
  stage.judge(id, set.code === 0 && got === expected, { expected: JSON.stringify(expected), got: set.code === 0 ? JSON.stringify(got ?? summaryOf(read)) : summaryOf(set), on: [set, read] })
}
