/** `/my`: one's own files and folders. Everything is changed by the methods that programs call. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { CallSite } from '../../api/call-as.ts'
import { Refusal } from '../../api/errors.ts'
import { findOwnFolder } from '../../api/own-folder.ts'
import { PAGE_ROWS, withOthers } from '../../domain/files/file-order.ts'
import { inOrder, pathsOf, type Folder } from '../../domain/files/folder.ts'
import { openUndo } from '../../domain/files/undo-step.ts'
import { ROOT_FOLDER } from '../../domain/identifiers.ts'
import { cutToBytes, MAX_NAME_BYTES } from '../../domain/text-limit.ts'
import { planOf } from '../../domain/accounts/user.ts'
import { listFilePage } from '../../store/files/file-pages.ts'
import { searchFiles } from '../../store/files/file-search.ts'
import { findFiles } from '../../store/files/files.ts'
import { countContents, measureTrees } from '../../store/files/folder-contents.ts'
import { findOwnFolders, listFolders } from '../../store/files/folders.ts'
import { orderOf, orderText } from '../../web/pages/folder-page.ts'
import { confirmPage } from '../../web/pages/my-delete-page.ts'
import { myFilesPage } from '../../web/pages/my-files-page.ts'
import type { Tried } from '../../web/pages/my-files-view.ts'
import { placeLink, type MyPlace } from '../../web/components/list-url.ts'
import { notFoundPage } from '../../web/pages/pages.ts'
import type { Notice } from '../../web/components/share-card.ts'
import { sentence, type PlainKey } from '../../web/i18n/words.ts'
import { answerPage } from '../answer/answer-page.ts'
import { readCookie, writeCookie } from '../cookies.ts'
import { pageThumbnail } from '../wire/thumbnail.ts'
import { callSiteOf } from '../request/call-site.ts'
import { answerOwnForm, answerOwnPage } from '../request/authenticated-form.ts'
import { askedPageOf } from '../request/query.ts'
import { refusalSentence } from '../answer/refusal-sentence.ts'
import type { Site } from '../site.ts'
import { acceptSmallBodies, type Form } from '../request/small-body.ts'
import type { Viewer } from '../request/page-session.ts'
import { NotPossible } from './free-names.ts'
import { chosenIn, folderOf, perform } from './my-acts.ts'
import { takeBack } from './my-undo.ts'

const DONE = {
  create: 'my.created', move: 'my.moved', rename: 'my.renamed', share: 'my.isShared', unshare: 'my.isPrivate', 'delete-now': 'my.deleted', mail: 'mail.sent', queued: 'mail.queued', undo: 'my.undone'
} as const

/** After these the page says what did not happen. */
const NOT_DONE = new Map<string, PlainKey>([['none', 'my.nothingChosen'], ['undo-some', 'my.undoneSome'], ['undo-none', 'my.undoneNone']])

const VIEW_COOKIE = 'respace_view'
const YEAR = 365 * 24 * 60 * 60
/** Names that the question before deleting shows. */
const MOST_NAMES = 20

export async function registerMyFiles (app: FastifyInstance, site: Site): Promise<void> {
  const { ports, policy } = site
  const { sql, vault, clock } = ports
  acceptSmallBodies(app)

  answerOwnPage(app, '/my', DONE, async ({ viewer, query, notice, request, reply }) => {
    const problem = NOT_DONE.get(query.get('done') ?? '')
    rememberView(query.get('view'), request, reply)
    return show(viewer, query, request, reply, problem === undefined ? notice : { isError: true, sentence: sentence(problem) })
  })

  answerOwnForm(app, ports, '/my', '/my', async ({ viewer, form, request, reply }) => {
    const act = form.get('act') ?? ''
    const callSite = callSiteOf(request, site)
    const leadOn = (done: string, undo = '') => reply.redirect(request.basePath + placeLink(listStateOf(form), { done, ...undo !== '' && { undo } }), 303)
    try {
      if (act === 'delete') return await askBack(viewer, form, reply)
      if (act === 'undo') return leadOn(await undo(viewer, form, callSite))
      // Led on, so that neither reloading nor going back sends the form again.
      return leadOn(act, await perform(act, viewer.user, form, callSite))
    } catch (error) {
      if (!(error instanceof Refusal) && !(error instanceof NotPossible)) throw error
      const problem = error instanceof Refusal ? refusalSentence(error) : sentence(error.key)
      return show(viewer, form, request, reply, { isError: true, sentence: problem }, 400)
    }
  })

  async function undo ({ user }: Viewer, form: Form, callSite: CallSite): Promise<string> {
    const step = openUndo(vault, form.get('undo') ?? '', user.id, clock.now())
    if (step === undefined) return 'undo-none'
    const { done, left } = await takeBack(step, user, callSite)
    return left === 0 ? 'undo' : done === 0 ? 'undo-none' : 'undo-some'
  }

  async function askBack ({ user, formToken }: Viewer, form: Form, reply: FastifyReply): Promise<FastifyReply> {
    const chosen = chosenIn(form)
    const files = await findFiles(sql, chosen.files, user.id)
    const folders = await findOwnFolders(sql, user.id, chosen.folders)
    if (files.length + folders.length === 0) throw new NotPossible('my.nothingChosen')
    const named = folders.slice(0, MOST_NAMES)
    const trees = await measureTrees(sql, user.id, folders.map(({ id }) => id))
    const shown = []
    for (const folder of named) shown.push({ ...folder, ...await measureTrees(sql, user.id, [folder.id]) })
    return answerPage(reply, confirmPage({
      files: files.slice(0, MOST_NAMES - named.length),
      folders: shown,
      fields: [...folders.map(({ id }) => `folder_${id}`), ...files.map(({ id }) => `file_${id}`)],
      all: { files: trees.files + files.length, folders: trees.folders, bytes: trees.bytes + files.reduce((sum, { size }) => sum + size, 0) },
      formToken,
      place: listStateOf(form)
    }))
  }

  async function show ({ user, formToken }: Viewer, query: Form, request: FastifyRequest, reply: FastifyReply, notice?: Notice, status = 200) {
    const all = await listFolders(sql, user.id)
    const folder = await findOwnFolder(sql, user, folderOf(query))
    if (folder === undefined) return answerPage(reply, notFoundPage(), 404)
    const order = orderOf(query.get('sort'))
    // No name is longer.
    const search = cutToBytes((query.get('q') ?? '').trim(), MAX_NAME_BYTES)
    const inside = inOrder(search === '' ? all.filter(({ parentId }) => parentId === folder.id) : all.filter(({ name }) => name.toLowerCase().includes(search.toLowerCase())))
    const asked = askedPageOf(query)
    const giveWay = () => clock.sleep(0)
    const files = search === ''
      ? { ...await listFilePage(sql, { ownerId: user.id, folderId: folder.id }, order, asked, giveWay), isCut: false }
      : await searchFiles(sql, user.id, search, order, asked.page, giveWay)
    const list = withOthers(files, inside.length, asked.page)
    const folders = inside.slice((list.page - 1) * PAGE_ROWS, list.page * PAGE_ROWS)
    const sealed = query.get('undo') ?? ''
    return answerPage(reply, myFilesPage({
      folder,
      above: above(folder, all),
      folders,
      contents: await countContents(sql, user.id, folders.map(({ id }) => id)),
      list: { ...list, files: list.files.map(file => ({ ...file, picture: pageThumbnail(file, site) ?? '' })) },
      total: inside.length + list.total,
      isCut: files.isCut,
      targets: pathsOf(all),
      order,
      place: { ...listStateOf(query), q: search, sort: orderText(order), page: list.page === 1 ? '' : String(list.page) },
      isGrid: (query.get('view') ?? readCookie(request.raw, VIEW_COOKIE)) === 'grid',
      tried: triedOf(query),
      userName: user.userName,
      formToken,
      publicUrl: site.publicUrlOf(request),
      maxFileSize: planOf(user, policy).maxFileSize,
      disk: { used: user.bytesStored, limit: planOf(user, policy).disk },
      notice,
      undo: status === 200 && openUndo(vault, sealed, user.id, clock.now()) !== undefined ? sealed : ''
    }), status)
  }
}

/** Where a form was sent from, or what an address asks for. */
export const listStateOf = (values: Form): MyPlace =>
  ({ folder: folderOf(values), q: values.get('q') ?? '', sort: values.get('sort') ?? '', page: values.get('page') ?? '' })

function rememberView (view: string | undefined, request: FastifyRequest, reply: FastifyReply): void {
  if (view === 'list' || view === 'grid') writeCookie(request, reply, VIEW_COOKIE, view, YEAR)
}

/** What was typed and ticked in a form that was not carried out. */
function triedOf (form: Form): Tried {
  const nameOf = (act: string) => form.get('act') === act ? form.get('name') ?? '' : ''
  const { files, folders } = chosenIn(form)
  return { folderName: nameOf('create'), newName: nameOf('rename'), chosen: new Set([...files, ...folders]) }
}

/** The folders above one, the outermost first. */
function above (folder: Folder, all: readonly Folder[]): Folder[] {
  const parent = folder.id === ROOT_FOLDER ? undefined : all.find(({ id }) => id === folder.parentId)
  return parent === undefined ? [] : [...above(parent, all), parent]
}
