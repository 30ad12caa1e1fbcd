/** Contract, values: links to the server's own hosts used as ids. */
import type { Actor } from '../../run/actor.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { filesOf, idsIn, seeFile } from '../../steps/listings.ts'
import { judgeRefusal } from '../../steps/refusal.ts'
import { summaryOf } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'
import { requireOk } from '../../run/run-context.ts'

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]']

export const ownLinkScenarios: readonly Scenario[] = [{
  name: 'values/own-links',
  needs: ['account'],
  checks: [
    declare('values/link-call', 'should', 'choice', '/file/ID and /pro/dl/ID on the host that is called stand for the file'),
    declare('values/link-scheme', 'should', 'choice', 'a link on a host of the target stands for its file with http and with https'),
    declare('values/link-lower-case', 'should', 'choice', 'a link whose id is in capitals is 26'),
    declare('values/link-loopback', 'may', 'choice', 'a target that is called by a loopback name takes links with the others for its own')
  ],
  async play (stage) {
    const actor = await stage.main()
    const id = await letteredFile(actor)
    const { now, reply } = await seeFile(actor, id)
    requireOk('files.getInfo', reply)
    const called = new URL(stage.context.target.rest)
    for (const path of ['file', 'pro/dl']) await judgeLink(stage, 'values/link-call', actor, `${called.origin}/${path}/${id}`, id)
    const page = now.download_page_url ?? ''
    for (const scheme of ['http:', 'https:']) await judgeLink(stage, 'values/link-scheme', actor, page.replace(/^https?:/, scheme), id)
    judgeRefusal(stage, 'values/link-lower-case', { control: await actor.call('files.getInfo', { file_id: page }), reply: await actor.call('files.getInfo', { file_id: page.replace(id, id.toUpperCase()) }), code: 26 })
    if (!LOOPBACK.includes(called.hostname)) stage.leave('values/link-loopback', 'the address of the target is not a loopback name')
    else for (const name of LOOPBACK) await judgeLink(stage, 'values/link-loopback', actor, `${called.protocol}//${name}${called.port === '' ? '' : `:${called.port}`}/file/${id}`, id)
  }
}]

/** An id with a letter, so that it can be written in capitals; one id in some hundreds has only digits. */
async function letteredFile (actor: Actor): Promise<string> {
  for (;;) {
    const id = await actor.file()
    if (id.toUpperCase() !== id) return id
  }
}

async function judgeLink (stage: Stage, check: string, actor: Actor, link: string, id: string): Promise<void> {
  const reply = await actor.call('files.getInfo', { file_id: link })
  const got = idsIn(filesOf(reply)).join()
  stage.judge(check, reply.code === 0 && got === id, { expected: `${link} is ${id}`, got: reply.code === 0 ? got : summaryOf(reply), on: reply })
}
