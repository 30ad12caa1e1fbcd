/** Mutants of later sentences: texts, links, hosts and names in calls and forms. */
import { answerOf, answers, asks, forgives, isCall, otherCodes } from '../api-mutant.ts'
import { rewrite, rewriteApi, type Mutant } from '../mutant.ts'

const upload = (change: (text: string) => string): NonNullable<Mutant['answer']> => rewrite((text, { path }) => path.startsWith('/apiupload') ? change(text) : text)
const withoutHeader = (name: string, isMeant: (path: string) => boolean): NonNullable<Mutant['answer']> => ({ headers }, { path }) => {
  if (isMeant(path)) headers.splice(0, headers.length, ...headers.filter(([each]) => each.toLowerCase() !== name))
}
/** Refuses calls by their parameters. */
const refuses = (method: string, code: number, isWrong: (query: URLSearchParams) => boolean): NonNullable<Mutant['request']> => request =>
  isCall(request, method) && isWrong(request.query) ? answerOf(method, code) : undefined
const linkIn = (query: URLSearchParams): string => query.get('file_id') ?? ''

export const oddUploadMutants: readonly Mutant[] = [
  { name: 'what is no form is a cut upload', kills: ['upload/no-form'], answer: upload(text => text.replace(/error=4 /, 'error=13 ')) },
  { name: 'encoded words stay', kills: ['upload/name-encoded-word'], request: request => { if (request.path.startsWith('/apiupload')) request.body = Buffer.from(request.body.toString('latin1').replace('filename="=?', 'filename="?'), 'latin1'); return undefined } },
  { name: 'descriptions are cut anywhere', kills: ['upload/text-cut'], answer: answers('files.getInfo', text => text.replace(/(description="xé+)/, '$1\uFFFD')) },
  { name: 'maintenance of uploads is a pause', kills: ['upload/maintenance'], answer: upload(text => text.replace(/error=15 /, 'error=13 ')) }
]

export const textMutants: readonly Mutant[] = [
  { name: 'texts of any length are accepted', kills: ['values/text-longest'], answer: forgives('files.setInfo', 21, '') },
  { name: 'folders have names of any length', kills: ['values/text-longest'], answer: otherCodes('folders.*', { 21: 16 }) },
  { name: 'a time of any length is accepted', kills: ['values/time-limit-longest'], request: asks('files.setInfo', query => { if (Number(query.get('time_limit') ?? 0) > 3e9) query.set('time_limit', '3000') }) },
  { name: 'new names stay as they are sent', kills: ['files.setInfo/name-rule'], request: asks('files.setInfo', query => { if (query.has('name')) query.set('name', (query.get('name') ?? '').replaceAll(/[\\/]/g, '_')) }) },
  { name: 'folders are named like files', kills: ['folders.create/name-controls'], request: asks('folders.create', query => { query.set('name', (query.get('name') ?? '').replace(/^.*[\\/]/, '')) }) },
  { name: 'download_limit wins', kills: ['files.setInfo/downloads-limit-wins'], request: asks('files.setInfo', query => { if (query.has('download_limit')) query.delete('downloads_limit') }) },
  { name: 'an empty target is none', kills: ['files.setInfo/target-root'], request: asks('files.setInfo', query => { if (query.get('limit_action_to_folder') === '') query.delete('limit_action_to_folder') }) },
  { name: 'full names are Latin', kills: ['auth.register/full-name-scripts'], request: refuses('auth.register', 27, query => /[^\u0000-\u024F]/.test(query.get('full_name') ?? '')) },
  { name: 'full names may have no letter', kills: ['auth.register/full-name-scripts'], request: asks('auth.register', query => { if (!/\p{L}/u.test(query.get('full_name') ?? '')) query.set('full_name', 'Nobody') }) },
  { name: 'lengths are counted in UTF-16', kills: ['auth.register/full-name-points'], request: refuses('auth.register', 27, query => (query.get('full_name') ?? '').length > (query.has('api_version') ? 100 : 20)) },
  { name: 'addresses have 250 characters', kills: ['auth.register/email-254'], request: refuses('auth.register', 27, query => (query.get('email') ?? '').length > 250) }
]

export const ownLinkMutants: readonly Mutant[] = [
  { name: 'pages of the host that is called are foreign', kills: ['values/link-call'], request: refuses('files.getInfo', 26, query => /^http:\/\/127.*\/pro\/dl\//.test(linkIn(query))) },
  { name: 'https is another host', kills: ['values/link-scheme'], request: refuses('files.getInfo', 26, query => /^https:\/\/127/.test(linkIn(query))) },
  { name: 'links have no case', kills: ['values/link-lower-case'], request: asks('files.getInfo', query => { if (query.has('file_id') && linkIn(query).includes('://')) query.set('file_id', linkIn(query).toLowerCase()) }) },
  { name: 'localhost is another host', kills: ['values/link-loopback'], request: refuses('files.getInfo', 26, query => linkIn(query).includes('//localhost')) }
]

export const hostMutants: readonly Mutant[] = [
  { name: 'links keep the host that was called', kills: ['public/www-links'], answer: rewriteApi(text => text.replaceAll('//www.sendspace.com', '//api.sendspace.com')) },
  { name: 'tickets are for www', kills: ['public/ticket-host'], answer: answers('upload.getInfo', text => text.replaceAll('//api.sendspace.com', '//www.sendspace.com')) },
  { name: 'what is nowhere is 200', kills: ['transport/not-found'], answer: answer => { if (answer.status === 404) answer.status = 200 } },
  { name: 'a login sets a cookie', kills: ['transport/no-cookie'], answer: ({ headers }, { query }) => { if (query.get('method') === 'auth.login') headers.push(['Set-Cookie', 'session=1']) } },
  {
    name: 'a cookie is a session',
    kills: ['transport/no-cookie'],
    request: ({ headers, query }) => {
      const key = /session_key=(\w+)/.exec(headers.cookie ?? '')?.[1]
      if (key !== undefined) query.set('session_key', key)
      return undefined
    }
  },
  { name: 'progress may be stored', kills: ['progress/no-store'], answer: withoutHeader('cache-control', path => path.startsWith('/progress')) },
  { name: 'API keys are registered', kills: ['defaults/api-keys'], request: refuses('auth.createToken', 18, query => query.get('api_key') !== 'RESPACE001') }
]

export const mailValueMutants: readonly Mutant[] = [
  { name: 'blanks are part of an address', kills: ['addressbook.add/trimmed'], request: refuses('addressbook.*', 24, query => /^ /.test(query.get('email') ?? '')) },
  { name: 'the root is sent', kills: ['folders.sendMail/root'], answer: forgives('folders.sendMail', 10, '') },
  { name: 'files stay where their target is gone', kills: ['limit/target-gone'], answer: answers('files.getInfo', text => text.replace('folder_id="0"', 'folder_id="abc123"')) }
]

const withoutInfo = (method: string): NonNullable<Mutant['answer']> => answers(method, text => text.replace(' info="too many attempts"', ''))

export const guessMutants: readonly Mutant[] = [
  { name: 'too many logins are not told', kills: ['auth.login/guesses'], answer: withoutInfo('auth.login') },
  { name: 'too many passwords of files are not told', kills: ['download.getInfo/guesses'], answer: withoutInfo('download.getInfo') },
  { name: 'too many passwords are another error', kills: ['download.getInfo/guesses'], answer: answers('download.getInfo', text => text.replace(/code="22"(.*too many)/, 'code="11"$1')) },
  {
    name: 'the right password ends the pause',
    kills: ['auth.login/guesses-blind'],
    answer: answers('download.getInfo', (text, query) => text.includes('too many attempts') && query.get('password') === 'sesame' ? answerOf('download.getInfo', '').body.toString() : text)
  },
  { name: 'pages take as many passwords as one likes', kills: ['links/guesses'], answer: answer => { if (answer.status === 429) answer.status = 200 } }
]
