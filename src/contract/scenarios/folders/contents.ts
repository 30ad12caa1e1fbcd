/** Contract, folders.getContents and folders.getAll. */
import { createActor, type Actor } from '../../run/actor.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { Untested } from '../../check-problems.ts'
import { differences, filesOf, foldersOf, idsIn, seeFolder } from '../../steps/listings.ts'
import { judgeRefusal } from '../../steps/refusal.ts'
import { readReply } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'
import { attributeOf, requireOk, type RunContext } from '../../run/run-context.ts'

/** Exceeds any page, default limit or list of ids. */
const MANY = 1200

export const foldersContentsScenarios: readonly Scenario[] = [{
  name: 'folders.getContents/own',
  needs: ['account'],
  checks: [
    declare('folders.getContents/folders-first', 'must', 'guide', 'folders come before files'),
    declare('folders.getContents/direct', 'must', 'guide', 'the contents of subfolders are not listed'),
    declare('folders.getContents/root', 'must', 'guide', 'folder_id=0 lists the root'),
    declare('folders.getContents/empty', 'must', 'guide', 'an empty folder has no child')
  ],
  async play (stage) {
    const actor = await stage.main()
    const home = await actor.home()
    const outer = await actor.folder()
    const contents = (id: string) => actor.call('folders.getContents', { folder_id: id })
    const empty = await contents(outer)
    stage.judge('folders.getContents/empty', empty.code === 0 && empty.result?.children.length === 0, {
      expected: 'status ok, no child', got: `${empty.result?.children.length ?? 0} children`, on: empty
    })
    const files = [await actor.file({ name: 'a', fields: { folder_id: outer } })]
    const folders = [await actor.folder({ name: 'y', parent_folder_id: outer })]
    files.push(await actor.file({ name: 'b', fields: { folder_id: outer } }))
    folders.push(await actor.folder({ name: 'z', parent_folder_id: outer }))
    await actor.file({ fields: { folder_id: folders[0] ?? '' } })
    await actor.folder({ parent_folder_id: folders[0] })
    const reply = await contents(outer)
    const names = (reply.result?.children ?? []).map(({ name }) => name).join(' ')
    stage.judge('folders.getContents/folders-first', /^(?:folder )+(?:file ?)+$/.test(names), { expected: 'folders, then files', got: names, on: reply })
    const told = [...idsIn(foldersOf(reply)), ...idsIn(filesOf(reply))]
    stage.judge('folders.getContents/direct', reply.code === 0 && told.join() === [...folders, ...files].join(), {
      expected: [...folders, ...files].join(), got: told.join(), on: reply
    })
    const topFile = await actor.file({ fields: { folder_id: '0' } })
    const root = await contents('0')
    const isListed = root.code === 0 && idsIn(foldersOf(root)).includes(home) && idsIn(filesOf(root)).includes(topFile) && !idsIn(foldersOf(root)).includes(outer)
    stage.judge('folders.getContents/root', isListed, { expected: `folder ${home} and file ${topFile} among them, and folder ${outer} not`, on: root })
  }
}, {
  name: 'folders.getContents/foreign',
  needs: ['account', 'second account'],
  checks: [declare('folders.getContents/foreign', 'must', 'guide', 'a folder of another user is 10')],
  async play (stage) {
    const [actor, other] = [await stage.main(), await stage.other()]
    const foreign = await other.folder({ shared: '1' })
    const control = await other.call('folders.getContents', { folder_id: foreign })
    judgeRefusal(stage, 'folders.getContents/foreign', { control, reply: await actor.call('folders.getContents', { folder_id: foreign }), code: 10 })
  }
}, {
  name: 'folders.getContents/many',
  needs: ['account'],
  checks: [declare('folders.getContents/many', 'should', 'choice', `${MANY} folders come whole, each once`)],
  async play (stage) {
    const { parent, ids } = await madeMany(stage)
    const actor = await stage.main()
    const reply = await actor.call('folders.getContents', { folder_id: parent })
    const told = idsIn(foldersOf(reply))
    const wanted = new Set(ids)
    const right = new Set(told.filter(id => wanted.has(id)))
    stage.judge('folders.getContents/many', told.length === MANY && right.size === MANY, {
      expected: `${MANY} folders, each once`, got: `${told.length} elements, ${right.size} of the folders`, on: reply
    })
  }
}, {
  name: 'folders.getAll',
  needs: ['account'],
  checks: [
    declare('folders.getAll/all-depths', 'must', 'guide', 'each folder is listed once, however deep, with its parent'),
    declare('folders.getAll/never-empty', 'must', 'observed', 'the root is listed, so that an account without folders has one'),
    declare('folders.getAll/public-url', 'must', 'observed', 'public_url and rss_url are never empty, even for private folders')
  ],
  async play (stage) {
    const actor = await stage.main()
    const parents = new Map<string, string>()
    let at = await actor.home()
    for (let i = 0; i < 4; i++) {
      for (const shared of ['0', '1']) parents.set(await actor.folder({ parent_folder_id: at, shared }), at)
      at = [...parents.keys()].at(-1) ?? at
    }
    const reply = requireOk('folders.getAll', await actor.call('folders.getAll'))
    const all = foldersOf(reply)
    const wrong = [...parents].filter(([id, parent]) => all.filter(folder => folder.id === id).map(folder => folder.parent_folder_id).join('|') !== parent).map(([id]) => id)
    stage.judge('folders.getAll/all-depths', wrong.length === 0, { expected: 'each of eight folders once, with its parent', got: `wrong: ${wrong.join()}`, on: reply })
    const bare = all.filter(({ public_url: page, rss_url: feed }) => page === undefined || page === '' || feed === undefined || feed === '')
    stage.judge('folders.getAll/public-url', all.length > 0 && bare.length === 0, { expected: 'both links for each', got: `none for ${idsIn(bare).join()}`, on: reply })
    const isNew = stage.context.target.features.register
    const lonely = isNew ? await stage.ownSession(await stage.newAccount()) : actor
    const own = await lonely.call('folders.getAll')
    const roots = foldersOf(own).filter(({ id }) => id === '0')
    const problem = differences(roots[0] ?? {}, { id: '0', name: 'Default', parent_folder_id: '0' })
    stage.judge('folders.getAll/never-empty', own.code === 0 && problem === '' && roots.length === 1 && (!isNew || foldersOf(own).length === 1), {
      expected: 'the folder 0, name "Default", parent 0', got: problem === '' ? `${roots.length} of them, ${foldersOf(own).length} folders` : problem, on: own
    })
  }
}]

interface Many {
  readonly parent: string
  readonly ids: readonly string[]
}

const manyOf = new WeakMap<RunContext, Promise<Many>>()

/** Created once for all versions, because it takes that many calls. */
function madeMany (stage: Stage): Promise<Many> {
  const known = manyOf.get(stage.context) ?? makeMany(stage)
  manyOf.set(stage.context, known)
  return known
}

async function makeMany ({ context }: Stage): Promise<Many> {
  const account = context.target.accounts.main
  const version = context.target.versions.at(-1)
  if (account === undefined || version === undefined) throw new Untested('there is no account main in the target file')
  const actor = createActor(context, account, version, await context.session(account, version), 'folders.getContents/many')
  const parent = await actor.folder()
  const ids: string[] = []
  let started = 0
  const lane = async (): Promise<void> => {
    while (started++ < MANY) ids.push(await makeOne(context, actor, parent, started))
  }
  await Promise.all(Array.from({ length: context.target.limits.parallel }, lane))
  const { now } = await seeFolder(actor, parent)
  if (ids.length < MANY || now.total_folders !== String(MANY)) throw new Untested(`${MANY} folders could not be created, only ${now.total_folders ?? 0}`)
  return { parent, ids }
}

/** Where folders.delete is recursive, only the parent goes into the ledger: cleaning up takes one call, not 1,200. */
async function makeOne ({ target, send, call }: RunContext, { key, version }: Actor, parent: string, number: number): Promise<string> {
  const params = { session_key: key, name: `many ${number}`, parent_folder_id: parent }
  const reply = version === '1.0'
    ? await call('folders.create', params, 'folders.getContents/many')
    : readReply(await send({ url: `${target.rest}?${new URLSearchParams({ method: 'folders.create', ...params })}` }, 'folders.getContents/many'))
  return attributeOf(requireOk('folders.create', reply), 'folder', 'id')
}
