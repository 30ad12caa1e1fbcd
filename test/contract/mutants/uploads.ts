import { rewrite, type MutableRequest, type Mutant } from '../mutant.ts'

const isUpload = ({ path }: Pick<MutableRequest, 'path'>): boolean => path.startsWith('/apiupload')

/** Changes the body of an upload as latin1 text, which preserves bytes. */
const body = (change: (text: string, request: MutableRequest) => string): NonNullable<Mutant['request']> => request => {
  if (isUpload(request)) request.body = Buffer.from(change(request.body.toString('latin1'), request), 'latin1')
  return undefined
}

/** An answer of the server's own form. */
const fail = (code: number, text: string): ReturnType<NonNullable<Mutant['request']>> =>
  ({ status: 200, headers: [['content-type', 'text/plain; charset=utf-8']], body: Buffer.from(`upload_status=fail\nerror=${code} ${text}\n`) })

const field = (name: string): RegExp => new RegExp(`--[^\\r\\n]*\\r\\nContent-Disposition: form-data; name="${name}"\\r\\n\\r\\n[^]*?(?=\\r\\n--)\\r\\n`, 'gi')

/** Refuses requests that a rule matches. */
const refuses = (name: string, kills: readonly string[], isWrong: (request: MutableRequest) => boolean): Mutant => ({
  name, kills, request: request => isUpload(request) && isWrong(request) ? fail(13, 'Upload is temporarily unavailable') : undefined
})

const latin = ({ body }: MutableRequest): string => body.toString('latin1')

export const uploadMutants: readonly Mutant[] = [
  { name: 'a byte of each file is another', kills: ['upload/post', 'upload/put', 'upload/boundary-in-file'], request: body(text => text.replace(/(filename="[^"]+"\r\n[^\r\n]*\r\n\r\n)(?!\r\n--)[^]/, '$1#')) },
  refuses('PUT is refused', ['upload/put', 'upload/put-sniffed', 'upload/put-raw'], ({ method }) => method === 'PUT'),
  refuses('empty files are none', ['upload/empty-file'], request => /filename="empty"/.test(latin(request))),
  { name: 'a form without a file is stored', kills: ['upload/no-file'], answer: rewrite((text, request) => isUpload(request) ? text.replace(/^upload_status=fail\nerror=4 .*/, 'upload_status=ok\nfile_id=abc123') : text) },
  {
    name: 'descriptions of uploads are dropped',
    kills: ['upload/fields-before', 'upload/fields-after', 'upload/fields-in-query', 'upload/fields-any-case'],
    request: request => {
      if (!isUpload(request)) return undefined
      request.query.delete('description')
      return body(text => text.replace(field('description'), ''))(request)
    }
  },
  {
    name: 'fields after the file are dropped',
    kills: ['upload/fields-after'],
    request: body(text => {
      const file = text.indexOf('filename="check.bin"')
      return file === -1 ? text : text.slice(0, file) + text.slice(file).replace(field('(?:description|password|folder_id)'), '')
    })
  },
  { name: 'names of fields count with their case', kills: ['upload/fields-any-case'], request: body(text => text.replace(/name="(?:DESCRIPTION|PASSWORD|FOLDER_ID)"/g, 'name="nothing"')) },
  refuses('the root is no folder', ['upload/folder-root'], request => /name="folder_id"\r\n\r\n(?:0|)\r\n/.test(latin(request))),
  refuses('only userfile is a file', ['upload/any-file-field', 'upload/several'], request => /name="(?:userfile2|file|anything)"; filename/.test(latin(request))),
  { name: 'paths stay in names', kills: ['upload/name-segments'], answer: rewrite(text => text.replace(/name="a\.txt"/, 'name="C:\\Documents\\a.txt"')) },
  { name: 'names are decoded wholly', kills: ['upload/name-encoded'], request: body(text => text.replace('%41', 'A')) },
  { name: 'controls stay in names', kills: ['upload/name-controls'], answer: rewrite(text => text.replace(/name="ab /, 'name="a?b ')) },
  { name: 'dots are names', kills: ['upload/name-empty'], answer: rewrite(text => text.replace(/name="file"/, 'name=".."')) },
  { name: 'long names lose their end', kills: ['upload/name-255'], answer: rewrite(text => text.replace(/(é{100,})\.tar"/g, '$1.ta"')) },
  refuses('the form is the authority', ['upload/url-is-authority'], request => /name="UPLOAD_IDENTIFIER"\r\n\r\n1\.2\.ABCDEF01/.test(latin(request))),
  refuses('a cut URL is none', ['upload/cut-url'], ({ query }) => !query.has('UPLOAD_IDENTIFIER') && !query.has('amp;UPLOAD_IDENTIFIER')),
  refuses('an URL with amp; is none', ['upload/amp'], ({ query }) => query.has('amp;UPLOAD_IDENTIFIER')),
  refuses('a proof is demanded', ['upload/proof-absent', 'upload/amp'], request => !/name="extra_info"/.test(latin(request))),
  {
    name: 'a wrong proof is none',
    kills: ['upload/proof-wrong', 'upload/refused-drained'],
    request: request => {
      request.query.delete('extra_info')
      return body(text => text.replace(field('extra_info'), ''))(request)
    }
  },
  (() => {
    const used = new Set<string>()
    return refuses('a ticket serves once', ['upload/ticket-again', 'upload/ticket-after-cut'], ({ query }) => {
      const ticket = query.get('UPLOAD_IDENTIFIER') ?? ''
      const isUsed = used.has(ticket)
      used.add(ticket)
      return isUsed
    })
  })(),
  refuses('a form begins with a boundary', ['upload/no-first-boundary'], ({ method, body }) => method === 'POST' && !body.subarray(0, 2).equals(Buffer.from('--'))),
  refuses('a form ends with its end', ['upload/wrong-end'], request => latin(request).endsWith('xx')),
  {
    name: 'a form without an end is whole',
    kills: ['upload/no-end'],
    request: body((text, { headers }) => {
      const boundary = /boundary=(\S+)/.exec(headers['content-type'] ?? '')?.[1]
      return boundary === undefined || text.includes(`--${boundary}--`) || text.endsWith('xx') ? text : `${text}\r\n--${boundary}--\r\n`
    })
  },
  refuses('types of parts are strict', ['upload/quoted-part-type', 'upload/odd-part-type'], request => /Content-Type: (?:"application|binary)/.test(latin(request))),
  refuses('lines end with CRLF', ['upload/lf'], request => /^--[^\r\n]*\n/.test(latin(request))),
  refuses('a length is demanded', ['upload/chunked'], ({ headers }) => headers['content-length'] === undefined),
  { name: 'redirects are dropped', kills: ['upload/redirect', 'upload/redirect-query', 'upload/redirect-several', 'upload/redirect-fail'], request: body(text => text.replace(field('redirect_url'), '')) },
  {
    name: 'redirects forget the query',
    kills: ['upload/redirect-query'],
    answer: (answer, request) => {
      if (isUpload(request)) answer.headers = answer.headers.map(([name, value]) => [name, name.toLowerCase() === 'location' ? value.replace('?a=b&', '?') : value])
    }
  },
  {
    name: 'everything redirects',
    kills: ['upload/redirect-schemes', 'upload/redirect-unknown'],
    answer: (answer, request) => {
      if (!isUpload(request) || answer.status === 302) return
      answer.status = 302
      answer.headers.push(['Location', 'javascript:alert(1)'])
    }
  },
  { name: 'an unknown ticket is 4', kills: ['upload/ticket-unknown'], answer: rewrite((text, request) => isUpload(request) ? text.replace('code="16" text="One of the parameters is invalid"', 'code="4" text="Method parameter(s) missing"') : text) },
  { name: 'any number of files', kills: ['upload/fifty'], answer: rewrite((text, request) => isUpload(request) ? text.replace(/^upload_status=fail\nerror=21 .*/, 'upload_status=ok\nfile_id=abc123') : text) },
  refuses('folders without an account are wrong', ['upload/anonymous-folder'], request => (request.query.get('UPLOAD_IDENTIFIER') ?? '') !== '' && /anonymous/.test(String(request.headers['x-respace-check']))),
  { name: 'folders of others are the root', kills: ['upload/folder-foreign'], answer: rewrite((text, request) => isUpload(request) ? text.replace(/^upload_status=fail\nerror=10 .*/, 'upload_status=ok\nfile_id=abc123') : text) },
  { name: 'no quota', kills: ['upload/quota-over'], answer: rewrite((text, request) => isUpload(request) ? text.replace('error=20', 'error=21') : text) },
  refuses('what just fits is refused', ['upload/quota-exact'], ({ body, headers }) => body.length > 90_000 && body.length < 100_600 && /quota/.test(String(headers['x-respace-check']))),
  { name: 'paused uploads are 15', kills: ['upload/paused'], answer: rewrite((text, request) => isUpload(request) ? text.replace('error=13', 'error=15') : text) },
  { name: 'a busy ticket is 15', kills: ['upload/ticket-concurrent'], answer: rewrite((text, request) => isUpload(request) ? text.replace('error=13', 'error=15') : text) }
]
