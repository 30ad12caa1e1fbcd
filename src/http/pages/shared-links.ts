/** `/my/shared`: what others can open by a link. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { callAs } from '../../api/call-as.ts'
import { Refusal } from '../../api/errors.ts'
import { setInfo } from '../../api/methods/folders.ts'
import { listOwnSharedFolders } from '../../store/files/shared-folders.ts'
import type { Notice } from '../../web/components/share-card.ts'
import { sharedLinksPage } from '../../web/pages/shared-links-page.ts'
import { answerPage } from '../answer/answer-page.ts'
import { refusalSentence } from '../answer/refusal-sentence.ts'
import { answerOwnForm, answerOwnPage, leadBack } from '../request/authenticated-form.ts'
import { callSiteOf } from '../request/call-site.ts'
import type { Viewer } from '../request/page-session.ts'
import { pageOf } from '../request/query.ts'
import { acceptSmallBodies, type Form } from '../request/small-body.ts'
import type { Site } from '../site.ts'

const DONE = { unshare: 'my.isPrivate' } as const

export async function registerSharedLinks (app: FastifyInstance, site: Site): Promise<void> {
  acceptSmallBodies(app)

  answerOwnPage(app, '/my/shared', DONE, async ({ viewer, query, notice, request, reply }) => show(viewer, query, request, reply, notice))

  answerOwnForm(app, site.ports, '/my/shared', '/my/shared', async ({ viewer, form, request, reply }) => {
    try {
      await callAs(setInfo, viewer.user, { folder_id: form.get('id') ?? '', shared: '0' }, callSiteOf(request, site))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return show(viewer, form, request, reply, { isError: true, sentence: refusalSentence(error) })
    }
    return leadBack(request, reply, '/my/shared', 'unshare')
  })

  async function show ({ user, formToken }: Viewer, query: Form, request: FastifyRequest, reply: FastifyReply, notice?: Notice) {
    const shared = await listOwnSharedFolders(site.ports.sql, user.id, pageOf(query))
    return answerPage(reply, sharedLinksPage({ ...shared, publicUrl: site.publicUrlOf(request), formToken, notice }), notice?.isError ? 400 : 200)
  }
}
