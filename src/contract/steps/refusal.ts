/** A refusal is meaningful only when the same call without the fault succeeds. */
import { summaryOf, type Reply } from '../client/reply.ts'
import type { Stage } from '../run/stage.ts'

export interface Refusal {
  /** The same call without the fault. */
  readonly control: Reply
  readonly reply: Reply
  readonly code: number
  /** Shows that nothing has changed, where that matters. */
  readonly kept?: { readonly isTrue: boolean, readonly reply: Reply }
}

export function judgeRefusal (stage: Stage, id: string, { control, reply, code, kept }: Refusal): void {
  if (control.code !== 0) {
    stage.leave(id, `the same call without the fault failed too: ${summaryOf(control)}`, [control.exchange])
    return
  }
  const isKept = kept?.isTrue ?? true
  stage.judge(id, reply.code === code && isKept, {
    expected: `error ${code}${kept === undefined ? '' : ', and nothing changes'}`,
    got: `${summaryOf(reply)}${isKept ? '' : ', and something has changed'}`,
    on: [control, ...kept === undefined ? [] : [kept.reply], reply]
  })
}
