/** The house stays easy to walk: imports run one way, third-party packages stay behind one folder each. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '..')
const src = join(root, 'src')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts'))

/** The layer of a file: its folder, or its own name for those at the top. */
const layerOf = (file: string): string => file.includes('/') ? file.slice(0, file.indexOf('/')) : file.replace('.ts', '')

interface Import { readonly file: string, readonly from: string }

function importsOf (file: string): Import[] {
  const text = readFileSync(join(src, file), 'utf8')
  return [/^(?:import|export)\b[^'\n]*(?:\n[^'\n]*)*?from '([^']+)'/gm, /\bimport\('([^']+)'\)/g]
    .flatMap(pattern => [...text.matchAll(pattern)]).map(([, from = '']) => ({ file, from }))
}

/** Who may import whom. */
const MAY: Readonly<Record<string, readonly string[]>> = {
  domain: ['ports'],
  ports: ['domain'],
  xml: [],
  report: ['xml'],
  settings: ['domain'],
  'package-path': [],
  config: ['domain', 'package-path', 'settings'],
  store: ['domain', 'ports'],
  // Of the mails the protocol knows their texts only.
  api: ['domain', 'ports', 'store', 'xml', 'mail/for-readers.ts', 'mail/templates.ts'],
  // Of the protocol the transfer knows the refusals only.
  transfer: ['domain', 'ports', 'store', 'api/errors.ts', 'api/upload-folder.ts'],
  adapters: ['domain', 'package-path', 'ports', 'store'],
  sweep: ['domain', 'ports', 'store'],
  // A black box: it knows declarations, and nothing that runs.
  contract: ['api/contract-format.ts', 'api/provenance.ts', 'domain/version.ts', 'package-path', 'report', 'settings', 'xml'],
  'check-contract': ['config', 'contract'],
  // Of the protocol the pages know its description only.
  web: ['domain', 'xml', 'api/contract-format.ts'],
  mail: ['domain', 'ports', 'store', 'web'],
  http: ['api', 'config', 'domain', 'mail/templates.ts', 'ports', 'settings', 'store', 'transfer', 'web'],
  // Of the routes the emulator knows only how they read a query, a cookie, a bearer token and a small body.
  emulator: ['api', 'domain', 'http/cookies.ts', 'http/request/bearer.ts', 'http/request/body-deadline.ts', 'http/request/query.ts', 'http/request/small-body.ts', 'ports', 'report', 'settings', 'store', 'transfer', 'xml'],
  'open-folder': ['adapters', 'config', 'ports'],
  // app.ts with its stages in app/.
  app: ['adapters', 'api', 'config', 'domain', 'http', 'mail', 'open-folder', 'ports', 'store', 'sweep', 'transfer'],
  // Beside app.ts, so that serve never loads the emulator.
  'emulator-app': ['adapters', 'app', 'config', 'domain', 'emulator', 'open-emulated-server', 'http/request/request-target.ts', 'http/tunnels.ts', 'open-folder', 'ports', 'store'],
  'open-emulated-server': ['adapters', 'app', 'config', 'emulator', 'http/tunnels.ts', 'open-folder', 'ports', 'store'],
  'as-sendspace': ['adapters'],
  'drill-client': ['config', 'emulator', 'emulator-app'],
  'start-emulator': ['adapters', 'as-sendspace', 'config', 'domain', 'emulator', 'emulator-app', 'ports', 'settings'],
  commands: ['adapters', 'app', 'as-sendspace', 'check-contract', 'config', 'contract', 'domain', 'drill-client', 'emulator', 'emulator-app', 'http/listeners.ts', 'http/tunnels.ts', 'ports', 'settings', 'start-emulator', 'store', 'mail/templates.ts'],
  main: ['commands', 'config', 'domain', 'settings']
}

const SCENARIO_ROOMS = ['addressbook', 'answers', 'auth', 'download', 'errors', 'files', 'folders', 'progress', 'transport', 'upload'].map(room => `scenarios/${room}`)

/**
 * Of the rooms in a folder, which others in it each may import; '' stands for the files of the folder itself. Those may import all rooms, unless
 * it says something else.
 */
const ROOMS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  domain: { '': ['accounts', 'mail', 'uploads'], accounts: ['', 'mail'], files: ['', 'accounts'], mail: [''], network: ['', 'accounts'], uploads: [''] },
  store: { '': [], accounts: ['', 'files'], files: [''], uploads: ['', 'files'], operations: ['', 'accounts', 'files'] },
  http: {
    request: ['', 'answer'],
    answer: ['', 'request'],
    observability: ['', 'request'],
    wire: ['', 'answer', 'request'],
    pages: ['', 'answer', 'request', 'wire'],
    'pages/admin': ['', 'answer', 'request']
  },
  transfer: { '': [], resumable: [''] },
  web: { '': [], i18n: [''], components: ['', 'i18n'], pages: ['', 'components', 'i18n'], public: [] },
  adapters: {
    '': [],
    children: [],
    database: ['storage'],
    blobs: ['storage'],
    progress: [],
    tls: [],
    storage: ['', 'blobs', 'database', 'progress'],
    operator: ['blobs', 'database', 'storage']
  },
  emulator: {
    traffic: [],
    faults: ['traffic'],
    journal: ['traffic'],
    judge: ['journal', 'traffic'],
    state: [''],
    replay: ['traffic'],
    control: ['', 'faults', 'journal', 'judge', 'replay', 'state', 'traffic'],
    drills: ['', 'faults', 'journal', 'judge', 'state']
  },
  api: { '': ['methods'], methods: [''] },
  contract: {
    '': ['client', 'derived', 'run', 'target', ...SCENARIO_ROOMS],
    client: [],
    law: [],
    target: ['', 'client'],
    run: ['', 'client', 'law', 'target'],
    steps: ['', 'client', 'run', 'target'],
    derived: ['', 'client', 'run', 'steps'],
    // Rooms of scenarios do not know each other: what several need is a step.
    ...Object.fromEntries(SCENARIO_ROOMS.map(room => [room, ['', 'client', 'run', 'steps', 'target']])),
    report: ['', 'client', 'law', 'run']
  }
}

/** Where a package may be imported. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  aws4fetch: ['adapters'],
  'markdown-it': ['adapters'],
  sharp: ['adapters'],
  fastify: ['http'],
  'better-sqlite3': ['adapters'],
  'content-disposition': ['transfer'],
  '@commander-js/extra-typings': ['commands', 'main'],
  ioredis: ['adapters'],
  mime: ['web'],
  nanoid: ['adapters'],
  'node-forge': ['adapters'],
  nodemailer: ['adapters'],
  pg: ['adapters'],
  pino: ['adapters', 'app'],
  'prom-client': ['http'],
  busboy: ['emulator'],
  saxes: ['contract'],
  uqr: ['web'],
  xmlbuilder2: ['web'],
  'xmlbuilder2/lib/interfaces.js': ['web'],
  yaml: ['settings']
}

const imports = files.flatMap(importsOf)

t.test('imports run one way', async t => {
  t.ok(imports.length > 100, 'the import lines are found')
  for (const { file, from } of imports.filter(({ from }) => from.startsWith('.'))) {
    const target = relative(src, join(src, dirname(file), from))
    const layer = layerOf(file)
    const isAllowed = layerOf(target) === layer || MAY[layer]?.some(allowed => allowed === target || allowed === layerOf(target))
    if (!isAllowed) t.fail(`${file} must not import ${target}`)
  }
})

t.test('imports between the rooms of a folder run as they are written down', async t => {
  const roomOf = (file: string): string => dirname(file).split('/').slice(1).join('/').replace(/^i18n\/words$/, 'i18n')
  for (const file of files.filter(name => name.includes('/'))) {
    const rooms = ROOMS[layerOf(file)]
    if (rooms === undefined ? roomOf(file) !== '' : rooms[roomOf(file)] === undefined && roomOf(file) !== '') t.fail(`${file} is in a room that is not written down`)
  }
  let between = 0
  for (const { file, from } of imports.filter(({ from }) => from.startsWith('.'))) {
    const target = relative(src, join(src, dirname(file), from))
    const allowed = ROOMS[layerOf(file)]?.[roomOf(file)]
    if (layerOf(target) !== layerOf(file) || roomOf(target) === roomOf(file) || allowed === undefined) continue
    between++
    if (!allowed.includes(roomOf(target))) t.fail(`${file} must not import ${target}`)
  }
  t.ok(between > 50, `${between} imports between rooms`)
})

t.test('imports make no circles, those of types neither', async t => {
  const edges = imports.filter(({ from }) => from.startsWith('.')).map(({ file, from }) => ({ file, target: relative(src, join(src, dirname(file), from)) }))
  t.strictSame(onCircles(edges).map(({ file, target }) => `${file} -> ${target}`), [])
  t.equal(onCircles([...edges, { file: 'xml.ts', target: 'main.ts' }, { file: 'main.ts', target: 'xml.ts' }]).some(({ file }) => file === 'xml.ts'), true, 'a circle is found')
})

/** What is left once all is taken away that leads nowhere, or to which nothing leads. */
function onCircles (edges: ReadonlyArray<{ readonly file: string, readonly target: string }>): typeof edges {
  const [sources, targets] = [new Set(edges.map(({ file }) => file)), new Set(edges.map(({ target }) => target))]
  const left = edges.filter(({ file, target }) => sources.has(target) && targets.has(file))
  return left.length === edges.length ? left : onCircles(left)
}

t.test('no room has one file only', async t => {
  const counts = new Map<string, number>()
  for (const file of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
  for (const [folder, count] of counts) t.ok(count > 1, folder)
})

t.test('a third-party package stays behind one folder', async t => {
  const ofPackages = imports.filter(({ from }) => !from.startsWith('.') && !from.startsWith('node:'))
  t.ok(ofPackages.length > 30, `${ofPackages.length} imports of packages`)
  for (const { file, from } of ofPackages) {
    if (!PACKAGES[from]?.includes(layerOf(file))) t.fail(`${file} must not import ${from}`)
  }
})

t.test('nodemailer, node-forge, pg, ioredis and aws4fetch are loaded lazily, by one file each', async t => {
  const texts = new Map(files.map(file => [file, readFileSync(join(src, file), 'utf8')]))
  const filesWith = (pattern: RegExp): string[] => [...texts].filter(([, text]) => pattern.test(text)).map(([file]) => file)
  t.strictSame(filesWith(/'nodemailer'/), ['adapters/smtp.ts'])
  t.strictSame(filesWith(/'node-forge'/), ['adapters/tls/issue-certificates.ts'])
  t.strictSame(filesWith(/'aws4fetch'/), ['adapters/blobs/s3-request.ts'])
  t.strictSame(filesWith(/import\('pg'\)/), ['adapters/database/postgres-connections.ts'])
  t.strictSame(filesWith(/'ioredis'/), ['adapters/progress/redis-progress.ts'])
  t.ok(filesWith(/\/(?:postgres|redis-progress)\.ts/).length > 0)
  for (const text of texts.values()) {
    t.notMatch(text, /^import (?!type )[^\n]*\/(?:postgres|redis-progress)\.ts/m)
    t.notMatch(text, /^import (?!type )[^\n]*'(?:nodemailer|node-forge|pg|ioredis|aws4fetch)'/m)
  }
})

t.test('every module that is imported exists, with its extension', async t => {
  for (const { file, from } of imports.filter(({ from }) => from.startsWith('.'))) {
    const target = relative(src, join(src, dirname(file), from))
    if (!files.includes(target) && !files.includes(target.replace(/\.js$/, '.d.ts'))) t.fail(`${file} imports ${from}`)
  }
})

t.test('time and chance come through ports', async t => {
  const bound = files.filter(name => /^(?:domain|api|store|transfer|mail)\/|^sweep\.ts/.test(name))
  t.ok(bound.length > 80, `${bound.length} files`)
  for (const file of bound) {
    const found = /Date\.now\(|new Date\(\)|Math\.random\(|current_timestamp|setTimeout|setInterval|randomBytes|randomUUID/i.exec(readFileSync(join(src, file), 'utf8'))
    if (found) t.fail(`${file}: ${found[0]}`)
  }
})

t.test('the environment is read in one place', async t => {
  const readers = files.filter(file => readFileSync(join(src, file), 'utf8').includes('process.env'))
  t.strictSame(readers, ['config.ts'])
})

t.test('no file is longer than 250 lines, but for the words of a language, which are one flat list', async t => {
  for (const file of files.filter(name => !name.startsWith('web/i18n/words/'))) {
    const lines = readFileSync(join(src, file), 'utf8').split('\n').length - 1
    if (lines > 250) t.fail(`${file} has ${lines} lines`)
  }
})
