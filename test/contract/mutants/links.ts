import { rewriteApi, type MutableRequest, type Mutant } from '../mutant.ts'

type Answer = NonNullable<Mutant['answer']>

/** Changes the text of the answers below a path. */
const on = (path: RegExp, change: (text: string) => string): Answer => (answer, request) => {
  if (path.test(request.path)) answer.body = Buffer.from(change(answer.body.toString()))
}

const HREF = /direct_download_url="https?:\/\/[^/]+(\/dl\/\w+\/\w+\/(\w{6})\/[^"]*)"/g

/** Replaces a requested direct link by the last one written for its file, whatever the client changed. */
function anySignature (): Pick<Mutant, 'request' | 'answer'> {
  const paths = new Map<string, string>()
  return {
    request (request) {
      const path = paths.get(/^\/dl\/\w+\/\w+\/(\w{6})\//.exec(request.path)?.[1] ?? '')
      if (path !== undefined) request.path = path
      return undefined
    },
    answer (answer, { path }) {
      if (path.startsWith('/rest')) for (const [, link = '', id = ''] of answer.body.toString().matchAll(HREF)) paths.set(id, link)
    }
  }
}

/** Accepts a wrong delete code. */
function anyCode (): Pick<Mutant, 'request' | 'answer'> {
  const paths = new Map<string, string>()
  return {
    request (request) {
      request.path = paths.get(/^\/delete\/(\w{6})\//.exec(request.path)?.[1] ?? '') ?? request.path
      return undefined
    },
    answer (answer, { path }) {
      if (path.startsWith('/apiupload')) for (const [, link = '', id = ''] of answer.body.toString().matchAll(/<delete_url>https?:\/\/[^/]+(\/delete\/(\w{6})\/\w+)</g)) paths.set(id, link)
    }
  }
}

const asked = (change: (request: MutableRequest) => void): NonNullable<Mutant['request']> => request => {
  change(request)
  return undefined
}

const isMethod = ({ query }: MutableRequest, method: string): boolean => query.get('method')?.toLowerCase() === method

let writes = 0

export const linkMutants: readonly Mutant[] = [
  {
    name: 'download pages as plain text',
    kills: ['links/page'],
    answer (answer, { path }) {
      if (path.startsWith('/file/')) answer.headers = answer.headers.map(([name, value]) => name.toLowerCase() === 'content-type' ? [name, 'text/plain'] : [name, value])
    }
  },
  { name: 'missing pages in other words', kills: ['links/page-missing'], answer: on(/^\/file\//, text => text.replaceAll('Sorry, the file', 'Sorry, this file')) },
  { name: 'another title', kills: ['links/hook-title'], answer: on(/^\/file\//, text => text.replace('<title>Download ', '<title>')) },
  { name: 'the button begins with its class', kills: ['links/hook-button'], answer: on(/^\/file\//, text => text.replace('id="download_button" class="download_page_button button1"', 'class="download_page_button button1" id="download_button"')) },
  { name: 'no button in a comment', kills: ['links/hook-button-alone'], answer: on(/^\/file\//, text => text.replace(/<!-- <a id="download_button" href="[^"]*"> -->/, '')) },
  { name: 'a heading without its class', kills: ['links/hook-name'], answer: on(/^\/file\//, text => text.replace(' class="bgray"', '')) },
  { name: 'a size without its label', kills: ['links/hook-size'], answer: on(/^\/file\//, text => text.replace('<b>File Size:</b>', '')) },
  { name: 'the field of the password is called otherwise', kills: ['links/hook-password'], answer: on(/^\/file\//, text => text.replace('name="filepassword"', 'name="password"')) },
  {
    name: 'the password of the page is not asked for',
    kills: ['links/hook-password'],
    request: asked(request => {
      if (request.method !== 'GET' || !request.path.startsWith('/file/')) return
      request.method = 'POST'
      request.headers['content-type'] = 'application/x-www-form-urlencoded'
      request.body = Buffer.from('filepassword=sesame')
    })
  },
  {
    name: 'the password of the page is not read',
    kills: ['links/page-password'],
    request: asked(request => { if (request.method === 'POST' && request.path.startsWith('/file/')) request.body = Buffer.from('filepassword=') })
  },
  { name: 'names as they are in pages', kills: ['links/page-escaped'], answer: on(/^\/file\//, text => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>')) },
  {
    name: 'pro links are pages',
    kills: ['links/pro', 'links/pro-password'],
    request: asked(request => { request.path = request.path.replace(/^\/pro\/dl\//, '/file/') })
  },
  {
    name: 'pro links of missing files lead home',
    kills: ['links/pro-missing'],
    answer (answer, { path }) {
      if (!path.startsWith('/pro/dl/') || answer.status !== 404) return
      answer.status = 302
      answer.headers.push(['location', '/'])
    }
  },
  {
    name: 'direct links of another form',
    kills: ['links/direct-shape'],
    request: asked(request => { request.path = request.path.replace(/^\/get\//, '/dl/') }),
    answer: rewriteApi(text => text.replace(/(direct_download_url="https?:\/\/[^/]+)\/dl\//g, '$1/get/'))
  },
  { name: 'another direct link each time', kills: ['links/direct-stable'], answer: rewriteApi(text => text.replace(/direct_download_url="[^"]*/g, link => `${link}?${writes++}`)) },
  { name: 'any signature', kills: ['links/direct-forged', 'links/direct-name', 'links/direct-password', 'links/direct-limits'], ...anySignature() },
  { name: 'no form to confirm', kills: ['delete/form'], answer: on(/^\/delete\//, text => text.replaceAll('<form', '<div')) },
  { name: 'HEAD deletes', kills: ['delete/head'], request: asked(request => { if (request.method === 'HEAD' && request.path.startsWith('/delete/')) request.method = 'POST' }) },
  { name: 'POST does not delete', kills: ['delete/post'], request: asked(request => { if (request.method === 'POST' && request.path.startsWith('/delete/')) request.method = 'GET' }) },
  { name: 'any delete code', kills: ['delete/wrong-code'], ...anyCode() },
  { name: 'action=1 deletes', kills: ['delete/action-1-off'], request: asked(request => { if (request.query.get('action') === '1') request.method = 'POST' }) },
  { name: 'action=1 does not delete where it should', kills: ['delete/action-1'], states: { 'delete-by-get': { run: 'true', undo: 'true' } } },
  { name: 'folder pages with one file', kills: ['folder/page'], answer: on(/^\/folder\/\w+$/, text => text.replaceAll('check-two.bin', '')) },
  {
    name: 'private folders are public',
    kills: ['folder/inner-private', 'folder/private'],
    request: asked(request => { if (isMethod(request, 'folders.create')) request.query.set('shared', '1') })
  },
  { name: 'public folders stay public', kills: ['folder/unshared'], request: asked(request => { if (isMethod(request, 'folders.setinfo')) request.query.delete('shared') }) },
  { name: 'feeds of an older RSS', kills: ['folder/rss'], answer: on(/^\/folder\/\w+\/rss$/, text => text.replace('version="2.0"', 'version="0.92"')) },
  { name: 'names as they are in feeds', kills: ['folder/rss-escaped'], answer: on(/^\/folder\/\w+\/rss$/, text => text.replaceAll('&amp;', '&')) }
]
