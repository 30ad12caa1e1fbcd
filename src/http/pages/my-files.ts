/** `/my`: one's own files and folders. Everything is changed by the methods that programs call. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { callAs } from '../../api/call-as.ts'
import { Refusal } from '../../api/errors.ts'
import * as fileMethods from '../../api/methods/files.ts'
import * as folderMethods from '../../api/methods/folders.ts'
import { findOwnFolder } from '../../api/own-folder.ts'
import { MAX_IDS } from '../../api/params.ts'
import { inOrder, pathsOf, type Folder } from '../../domain/files/folder.ts'
import { isShortId, ROOT_FOLDER } from '../../domain/identifiers.ts'
import { cutToBytes, MAX_NAME_BYTES } from '../../domain/text-limit.ts'
import { planOf } from '../../domain/accounts/user.ts'
import { listFilePage } from '../../store/files/file-pages.ts'
import { findFiles } from '../../store/files/files.ts'
import { findOwnFolders, listFolders } from '../../store/files/folders.ts'
import { orderOf, orderText } from '../../web/pages/folder-page.ts'
import { confirmPage, myFilesPage, type Tried } from '../../web/pages/my-files-page.ts'
import { placeLink, type MyPlace } from '../../web/components/list-url.ts'
import { notFoundPage } from '../../web/pages/pages.ts'
import type { Notice } from '../../web/components/share-card.ts'
import { sentence, type PlainKey } from '../../web/i18n/words.ts'
import { answerPage } from '../answer/answer-page.ts'
import { callSiteOf } from '../request/call-site.ts'
import { answerOwnForm, answerOwnPage } from '../request/authenticated-form.ts'
import { pageOf } from '../request/query.ts'
import { refusalSentence } from '../answer/refusal-sentence.ts'
import type { Site } from '../site.ts'
import { acceptSmallBodies, type Form } from '../request/small-body.ts'
import type { Viewer } from '../request/page-session.ts'

const DONE = {
  create: 'my.created', move: 'my.moved', rename: 'my.renamed', share: 'my.isShared', unshare: 'my.isPrivate', 'delete-now': 'my.deleted', mail: 'mail.sent', queued: 'mail.queued'
} as const

export async function registerMyFiles (app: FastifyInstance, site: Site): Promise<void> {
  const { ports, policy } = site
  const { sql } = ports
  acceptSmallBodies(app)

  answerOwnPage(app, '/my', DONE, async ({ viewer, query, notice, request, reply }) => {
    const isNothingChosen = query.get('done') === 'none'
    return show(viewer, query, request, reply, isNothingChosen ? { isError: true, sentence: sentence('my.nothingChosen') } : notice)
  })

  answerOwnForm(app, ports, '/my', '/my', async ({ viewer, form, request, reply }) => {
    const act = form.get('act') ?? ''
    try {
      if (act === 'delete') return await askBack(viewer, form, reply)
      await perform(act, viewer, form, request)
    } catch (error) {
      if (!(error instanceof Refusal) && !(error instanceof NothingChosen)) throw error
      const problem = error instanceof Refusal ? refusalSentence(error) : sentence(error.key)
      return show(viewer, form, request, reply, { isError: true, sentence: problem }, 400)
    }
    // Led on, so that neither reloading nor going back sends the form again.
    return reply.redirect(request.basePath + placeLink(listStateOf(form), { done: act }), 303)
  })

  async function perform (act: string, { user }: Viewer, form: Form, request: FastifyRequest): Promise<void> {
    const callSite = callSiteOf(request, site)
    const files = chosen(form, 'file')
    const folders = chosen(form, 'folder')
    const name = form.get('name') ?? ''
    if (act === 'create') {
      await requireFreeNames(user.id, folderOf(form), [{ id: '', name }])
      await callAs(folderMethods.create, user, { name, parent_folder_id: folderOf(form) }, callSite)
      return
    }
    if (files.length + folders.length === 0) throw new NothingChosen('my.nothingChosen')
    if (act === 'rename' && files.length + folders.length > 1) throw new NothingChosen('my.chooseOne')
    if (act === 'rename' && name.trim() === '') throw new NothingChosen('refusal.missing')
    if ((act === 'share' || act === 'unshare') && folders.length === 0) throw new NothingChosen('my.chooseFolder')
    // As many as a program may name in one call.
    const eachPart = async (ids: readonly string[], change: (list: string) => Promise<unknown>) => {
      for (let i = 0; i < ids.length; i += MAX_IDS) await change(ids.slice(i, i + MAX_IDS).join(','))
    }
    const eachFolder = async (change: Readonly<Record<string, string>>) => {
      for (const id of folders) await callAs(folderMethods.setInfo, user, { folder_id: id, ...change }, callSite)
    }
    switch (act) {
      case 'move': {
        const target = form.get('target') ?? ''
        await requireFreeNames(user.id, target, await findOwnFolders(sql, user.id, folders))
        await eachFolder({ parent_folder_id: target })
        return eachPart(files, list => callAs(fileMethods.moveToFolder, user, { file_id: list, folder_id: target }, callSite))
      }
      case 'rename':
        for (const { id, parentId } of await findOwnFolders(sql, user.id, folders)) await requireFreeNames(user.id, parentId, [{ id, name }])
        await eachFolder({ name })
        return eachPart(files, list => callAs(fileMethods.setInfo, user, { file_id: list, name }, callSite))
      case 'share':
      case 'unshare':
        return eachFolder({ shared: act === 'share' ? '1' : '0' })
      case 'delete-now':
        await eachPart(files, list => callAs(fileMethods.remove, user, { file_id: list }, callSite))
        return eachPart(folders, list => callAs(folderMethods.remove, user, { folder_id: list }, callSite))
    }
  }

  /** Programs may give folders in one place the same name (wire contract); on a page nobody could tell them apart. */
  async function requireFreeNames (ownerId: number, parentId: string, coming: ReadonlyArray<{ readonly id: string, readonly name: string }>): Promise<void> {
    const ids = new Set(coming.map(({ id }) => id))
    const keyOf = ({ name }: { readonly name: string }) => name.trim().toLowerCase()
    const taken = new Set((await listFolders(sql, ownerId, parentId)).filter(({ id }) => !ids.has(id)).map(keyOf))
    for (const folder of coming) {
      if (taken.has(keyOf(folder))) throw new NothingChosen('my.nameTaken')
      taken.add(keyOf(folder))
    }
  }

  async function askBack ({ user, formToken }: Viewer, form: Form, reply: FastifyReply): Promise<FastifyReply> {
    const files = await findFiles(sql, chosen(form, 'file'), user.id)
    const folders = await findOwnFolders(sql, user.id, chosen(form, 'folder'))
    if (files.length + folders.length === 0) throw new NothingChosen('my.nothingChosen')
    return answerPage(reply, confirmPage({ files, folders, formToken, place: listStateOf(form) }))
  }

  async function show ({ user, formToken }: Viewer, query: Form, request: FastifyRequest, reply: FastifyReply, notice?: Notice, status = 200) {
    const all = await listFolders(sql, user.id)
    const folder = await findOwnFolder(sql, user, folderOf(query))
    if (folder === undefined) return answerPage(reply, notFoundPage(), 404)
    const order = orderOf(query.get('sort'))
    // No name is longer.
    const search = cutToBytes((query.get('q') ?? '').trim(), MAX_NAME_BYTES)
    const list = await listFilePage(sql, { ownerId: user.id, ...search === '' ? { folderId: folder.id } : { search } }, order, pageOf(query))
    return answerPage(reply, myFilesPage({
      folder,
      above: above(folder, all),
      folders: inOrder(search === '' ? all.filter(({ parentId }) => parentId === folder.id) : all.filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()))),
      list,
      targets: pathsOf(all),
      order,
      place: { ...listStateOf(query), q: search, sort: orderText(order), page: list.page === 1 ? '' : String(list.page) },
      tried: triedOf(query),
      formToken,
      publicUrl: site.publicUrlOf(request),
      disk: { used: user.bytesStored, limit: planOf(user, policy).disk },
      notice
    }), status)
  }
}

/** A form that asks for nothing that can be done, with the key of why. */
class NothingChosen extends Error {
  readonly key: PlainKey
  constructor (key: PlainKey) {
    super(key)
    this.key = key
  }
}

/** The folder that a form or an address names, the root without one. */
const folderOf = (values: Form): string => {
  const id = values.get('folder') ?? ROOT_FOLDER
  return isShortId(id) ? id : ROOT_FOLDER
}

/** Where a form was sent from, or what an address asks for. */
export const listStateOf = (values: Form): MyPlace =>
  ({ folder: folderOf(values), q: values.get('q') ?? '', sort: values.get('sort') ?? '', page: values.get('page') ?? '' })

/** The ids behind ticked boxes: each has a name of its own, since of repeated names the last counts. */
export const chosen = (form: Form, kind: 'file' | 'folder'): string[] =>
  [...form.keys()].filter(name => name.startsWith(`${kind}_`)).map(name => name.slice(kind.length + 1)).filter(isShortId)

/** What was typed and ticked in a form that was not carried out. */
function triedOf (form: Form): Tried {
  const nameOf = (act: string) => form.get('act') === act ? form.get('name') ?? '' : ''
  return { folderName: nameOf('create'), newName: nameOf('rename'), chosen: new Set([...chosen(form, 'file'), ...chosen(form, 'folder')]) }
}

/** The folders above one, the outermost first. */
function above (folder: Folder, all: readonly Folder[]): Folder[] {
  const parent = folder.id === ROOT_FOLDER ? undefined : all.find(({ id }) => id === folder.parentId)
  return parent === undefined ? [] : [...above(parent, all), parent]
}
