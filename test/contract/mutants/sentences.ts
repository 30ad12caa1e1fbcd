/** Mutants of later sentences: disabled accounts, the life of tickets, mails of uploads, names and lengths. */
import { rewrite, type MutableAnswer, type MutableRequest, type Mutant } from '../mutant.ts'

type Asked = Pick<MutableRequest, 'method' | 'path' | 'query'>

const isUpload = ({ path }: Pick<MutableRequest, 'path'>): boolean => path.startsWith('/apiupload')
const isTicketCall = ({ query }: Asked): boolean => query.get('method')?.toLowerCase() === 'upload.getinfo'
const latin = ({ body }: MutableRequest): string => body.toString('latin1')

const fail = (code: number): MutableAnswer =>
  ({ status: 200, headers: [['content-type', 'text/plain; charset=utf-8']], body: Buffer.from(`upload_status=fail\nerror=${code} A mutant\n`) })

const refuses = (name: string, kills: readonly string[], isWrong: (request: MutableRequest) => boolean): Mutant =>
  ({ name, kills, request: request => isUpload(request) && isWrong(request) ? fail(13) : undefined })

const field = (name: string): RegExp => new RegExp(`name="${name}"(?=\\r\\n)`, 'g')

/** Changes the form of an upload as latin1 text, which preserves bytes. */
const form = (change: (text: string) => string): NonNullable<Mutant['request']> => request => {
  if (isUpload(request)) request.body = Buffer.from(change(latin(request)), 'latin1')
  return undefined
}

const gone = new Set<string>()
const watched = new Set<string>()
let isOver = false

export const disabledMutants: readonly Mutant[] = [
  {
    name: 'nobody can be disabled',
    kills: ['auth.login/disabled-session', 'auth.login/disabled-ticket', 'auth.login/disabled-files', 'auth.login/disabled-folders', 'auth.login/disabled-links'],
    states: { disabled: { run: 'true' } }
  },
  {
    name: 'what is not found never comes back',
    kills: ['auth.login/disabled-no-more'],
    setUp: () => { gone.clear() },
    request: ({ method, path }) => method === 'GET' && gone.has(path) ? { status: 404, headers: [], body: Buffer.alloc(0) } : undefined,
    answer: ({ status }, { method, path }) => { if (method === 'GET' && status === 404) gone.add(path) }
  }
]

export const ticketLifeMutants: readonly Mutant[] = [
  { name: 'tickets never end', kills: ['upload/ticket-day'], answer: rewrite((text, request) => isUpload(request) && text.includes('code="16"') ? 'upload_status=ok\nfile_id=abc123\n' : text) },
  {
    name: 'tickets end under a running upload',
    kills: ['upload/ticket-ends-midway'],
    setUp: () => { watched.clear() },
    answer: (answer, { path, query }) => {
      const id = query.get('UPLOAD_IDENTIFIER') ?? ''
      if (path.startsWith('/progress')) watched.add(id)
      if (path.startsWith('/apiupload') && watched.has(id)) answer.body = fail(16).body
    }
  },
  {
    name: 'uploads ask for the account again',
    kills: ['upload/ticket-promise-membership', 'upload/ticket-promise-capability'],
    setUp: () => { isOver = false },
    answer: (answer, request) => {
      if (isTicketCall(request)) isOver = /code="(?:19|11)"/.test(answer.body.toString())
      else if (isUpload(request) && isOver) answer.body = fail(19).body
    }
  }
]

export const uploadMailMutants: readonly Mutant[] = [
  { name: 'recipients of uploads get nothing', kills: ['upload/recipients', 'upload/recipients-skipped', 'upload/recipients-twenty'], request: form(text => text.replace(field('recipient_email'), 'name="nothing"')) },
  { name: 'messages of uploads are lost', kills: ['upload/recipient-message'], request: form(text => text.replace(field('recipient_message'), 'name="nothing"')) },
  refuses('what is no address fails the upload', ['upload/recipients-skipped'], request => latin(request).includes('nobody, ')),
  refuses('more than twenty recipients fail the upload', ['upload/recipients-twenty'], request => (/recipient_email"\r\n\r\n([^\r]*)/.exec(latin(request))?.[1] ?? '').split(',').length > 20),
  { name: 'uploaders are always told', kills: ['upload/notify'], request: form(text => text.replace(/(name="notify_uploader"\r\n\r\n)0/, (_, start: string) => `${start}1`)) },
  { name: 'uploaders are never told', kills: ['upload/notify'], request: form(text => text.replace(/(name="notify_uploader"\r\n\r\n)1/, (_, start: string) => `${start}0`)) }
]
