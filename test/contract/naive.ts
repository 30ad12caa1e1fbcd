/** A small server written only from the guide, with typical mistakes: it shows whether the kit finds them. */
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Teardown } from '../support/server.ts'

interface NaiveFile {
  name: string
  folder: string
  description: string
  readonly bytes: Buffer
  readonly time: number
}

/** An error of the guide: code and text. */
class Failure extends Error {
  readonly code: number

  constructor (code: number, text: string) {
    super(text)
    this.code = code
  }
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
const newKey = (): string => randomBytes(16).toString('hex')
const newId = (): string => randomBytes(6).toString('hex').slice(0, 6)
// Wrong: quotes in names are not escaped.
const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** Returns its address. It has one account: alice, secret1. */
export async function startNaive (t: Teardown): Promise<string> {
  const tokens = new Set<string>()
  const sessions = new Set<string>()
  const tickets = new Set<string>()
  const files = new Map<string, NaiveFile>()
  const folders = new Map<string, { name: string, parent: string }>()
  const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  type Run = (need: (name: string) => string, params: URLSearchParams) => string
  // Wrong: unset attributes are left out.
  function fileElement (id: string): string {
    const file = files.get(id)
    if (file === undefined) throw new Failure(9, 'File not found')
    return `\t<file id="${id}" name="${escape(file.name)}" description="${escape(file.description)}" folder_id="${file.folder}" download_page_url="${url()}/get/${id}" direct_download_url="${url()}/get/${id}" upload_time="${file.time}" file_size="${file.bytes.length}" downloads="0"/>\n`
  }
  function folderElement (id: string): string {
    const folder = id === '0' ? { name: 'Default', parent: '0' } : folders.get(id)
    if (folder === undefined) throw new Failure(10, 'Folder not found')
    return `\t<folder id="${id}" name="${escape(folder.name)}" shared="0" public_url="" rss_url="" parent_folder_id="${folder.parent}"/>\n`
  }

  const METHODS: Readonly<Record<string, Run>> = {
    'auth.createtoken': need => {
      need('api_key')
      if (need('api_version') !== '1.0') throw new Failure(5, 'Unknown or unsupported API version')
      const token = newKey()
      tokens.add(token)
      return `\t<token>${token}</token>\n`
    },
    'auth.login': need => {
      const [token, user, proof] = [need('token'), need('user_name'), need('tokened_password')]
      if (!tokens.has(token)) throw new Failure(6, 'Session expired or not found')
      if (user !== 'alice' || proof !== md5(token + md5('secret1'))) throw new Failure(8, 'Authentication error')
      const key = newKey()
      sessions.add(key)
      // Wrong: the membership in lower case.
      return `\t<session_key>${key}</session_key>\n\t<email>alice@example.org</email>\n\t<membership_type>pro</membership_type>\n\t<membership_ends>2147483647</membership_ends>\n` +
        ['upload', 'download', 'folders', 'files'].map(name => `\t<capable_${name}>1</capable_${name}>\n`).join('') + '\t<bandwidth_left>-1</bandwidth_left>\n\t<diskspace_left>-1</diskspace_left>\n'
    },
    'auth.checksession': () => '\t<session>ok</session>\n\t<bandwidth_left>-1</bandwidth_left>\n\t<diskspace_left>-1</diskspace_left>\n',
    'auth.logout': (_need, params) => {
      sessions.delete(params.get('session_key') ?? '')
      return '\t<status>ok</status>\n'
    },
    'upload.getinfo': () => {
      const ticket = `1.${Math.floor(Date.now() / 1000)}.ABCDEF01.${files.size}.0`
      tickets.add(ticket)
      return `\t<upload url="${url()}/upload?UPLOAD_IDENTIFIER=${ticket}" progress_url="${url()}/progress" max_file_size="1000000" upload_identifier="${ticket}" extra_info="x"/>\n`
    },
    'files.getinfo': need => need('file_id').split(',').map(id => fileElement(id.trim())).join(''),
    'files.setinfo': (need, params) => {
      const id = need('file_id')
      const file = files.get(id)
      if (file === undefined) throw new Failure(9, 'File not found')
      // Wrong: an empty value does not clear.
      file.name = params.get('name') || file.name
      file.description = params.get('description') || file.description
      return fileElement(id)
    },
    'files.delete': need => {
      const ids = need('file_id').split(',')
      for (const id of ids) if (!files.delete(id)) throw new Failure(9, 'File not found')
      return `\t<id>${ids.join(',')}</id>\n`
    },
    'folders.create': (need, params) => {
      const id = newId()
      folders.set(id, { name: need('name'), parent: params.get('parent_folder_id') ?? '0' })
      return folderElement(id)
    },
    'folders.getall': () => ['0', ...folders.keys()].map(folderElement).join(''),
    'folders.getinfo': need => folderElement(need('folder_id')),
    'folders.getcontents': need => {
      const parent = need('folder_id')
      folderElement(parent)
      return [...folders].filter(([, folder]) => folder.parent === parent).map(([id]) => folderElement(id)).join('') +
        [...files].filter(([, file]) => file.folder === parent).map(([id]) => fileElement(id)).join('')
    },
    'folders.delete': need => {
      // Wrong: a folder with contents is deleted, too.
      if (!folders.delete(need('folder_id'))) throw new Failure(10, 'Folder not found')
      return `\t<status>ok</status>\n\t<id>${need('folder_id')}</id>\n`
    }
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => { response.writeHead(500).end() })
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return url()

  async function answer (request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://naive')
    if (pathname === '/rest/') return sendXml(response, call(searchParams))
    if (pathname === '/upload') return receive(request, response, searchParams.get('UPLOAD_IDENTIFIER') ?? '')
    const file = files.get(pathname.slice('/get/'.length))
    // Wrong: no support for ranges and HEAD.
    if (file !== undefined) response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(file.bytes)
    else response.writeHead(404).end()
  }

  function sendXml (response: ServerResponse, xml: string): void {
    // Wrong: no charset.
    response.writeHead(200, { 'content-type': 'text/xml' }).end(`<?xml version="1.0" encoding="UTF-8"?>\n${xml}`)
  }

  function call (params: URLSearchParams): string {
    const method = params.get('method') ?? ''
    const need = (name: string): string => {
      const value = params.get(name)
      // Wrong: an empty parameter counts as present.
      if (value === null) throw new Failure(4, 'Method parameter(s) missing')
      return value
    }
    try {
      if (method === '') throw new Failure(1, 'No method parameter in request')
      const run = METHODS[method.toLowerCase()]
      if (run === undefined) throw new Failure(2, 'Unknown method')
      if (!method.toLowerCase().startsWith('auth.createtoken') && !method.toLowerCase().startsWith('auth.login')) {
        const key = params.get('session_key')
        if (key === null) throw new Failure(3, 'Session key parameter missing')
        if (!sessions.has(key)) throw new Failure(6, 'Session expired or not found')
      }
      // Wrong: the echo is the declared spelling of the method.
      return `<result method="${method.toLowerCase()}" status="ok">\n${run(need, params)}</result>\n`
    } catch (error) {
      const { code, message } = error instanceof Failure ? error : new Failure(16, 'One of the parameters is invalid')
      return `<result method="${method.toLowerCase()}" status="fail">\n\t<error code="${code}" text="${message}"/>\n</result>\n`
    }
  }

  async function receive (request: IncomingMessage, response: ServerResponse, ticket: string): Promise<void> {
    const boundary = /boundary=("?)([^";]+)\1/.exec(request.headers['content-type'] ?? '')?.[2] ?? ''
    const text = (await buffer(request)).toString('latin1')
    const parts = text.split(`--${boundary}`).map(part => /^\r\n([^]*?)\r\n\r\n([^]*)\r\n$/.exec(part)).filter(part => part !== null)
    const field = (name: string): string => parts.find(([, head = '']) => head.includes(`name="${name}"`))?.[2] ?? ''
    const file = parts.find(([, head = '']) => head.includes('name="userfile"'))
    const name = /filename="([^"]*)"/.exec(file?.[1] ?? '')?.[1] ?? ''
    response.setHeader('content-type', 'text/plain')
    if (!tickets.has(ticket) || file === undefined) {
      response.end('upload_status=fail\nerror=4 Method parameter(s) missing\n')
      return
    }
    const id = newId()
    files.set(id, { name: Buffer.from(name, 'latin1').toString(), folder: field('folder_id') || '0', description: field('description'), bytes: Buffer.from(file[2] ?? '', 'latin1'), time: Math.floor(Date.now() / 1000) })
    response.end(`upload_status=ok\nfile_id=${id}\nbandwidth_left=-1\ndiskspace_left=-1\n`)
  }
}
