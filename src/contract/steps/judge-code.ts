/** Judges one of the 33 codes, with the guide's text for it. */
import { summaryOf, type Reply } from '../client/reply.ts'
import type { Stage } from '../run/stage.ts'

/** `controls` are calls that must have succeeded, so that the refusal has only the reason it is judged for. */
export function judgeCode (stage: Stage, id: string, code: number, controls: readonly Reply[], refused: Reply): void {
  const failed = controls.find(control => control.code !== 0)
  if (failed !== undefined) {
    stage.leave(id, `the same call without the fault failed too: ${summaryOf(failed)}`, [failed.exchange])
    return
  }
  const text = stage.context.contract.errors.find(error => error.code === code)?.text ?? ''
  const got = refused.error?.attributes.text ?? ''
  // 27 has a different text for each reason.
  const isTold = code === 27 ? got.trim() !== '' : got === text
  stage.judge(id, refused.code === code && isTold, {
    expected: `error ${code} ${code === 27 ? 'and a reason' : text}`, on: [...controls, refused]
  })
}
