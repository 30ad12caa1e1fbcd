import { answering, asking, lenient, okOf, without } from '../by-method.ts'
import { rewriteApi, type MutableRequest, type Mutant } from '../mutant.ts'

const firstId = (query: URLSearchParams): void => {
  const ids = query.get('file_id')
  if (ids !== null) query.set('file_id', ids.split(',')[0] ?? '')
}
const isApi = ({ path }: Pick<MutableRequest, 'path'>): boolean => /^\/rest\/?$/.test(path)

export const filesMutants: readonly Mutant[] = [
  { name: 'downloads start at 1', kills: ['files.getInfo/after-upload'], answer: answering('files.getInfo', text => text.replaceAll('downloads="0"', 'downloads="1"')) },
  { name: 'relative links', kills: ['files.getInfo/urls'], answer: answering('files.getInfo', text => text.replaceAll(/_url="http:\/\/[^/]+/g, '_url="')) },
  {
    name: 'direct links give something else',
    kills: ['files.getInfo/urls'],
    answer: (answer, { path }) => { if (path.startsWith('/dl/')) answer.body = Buffer.from('x'.repeat(answer.body.length)) }
  },
  {
    name: 'failures of a part are not told',
    kills: ['files.getInfo/partial', 'files.getInfo/partial-1.0'],
    answer: answering('files.getInfo', text => text.includes('status="ok"') ? text.replaceAll(/\t<error [^>]*\/>\n/g, '') : text)
  },
  { name: 'ids are not repeated', kills: ['files.getInfo/all-fail'], answer: answering('files.getInfo', text => text.replace(/\t<id>.*<\/id>\n/, '')) },
  {
    name: 'files of others are told apart',
    kills: ['files.getInfo/foreign'],
    answer: answering('files.getInfo', (text, query) => text.includes('code="9"') && query.get('file_id')?.includes(',') === false ? text.replace('code="9"', `code="9" info="${Math.random()}"`) : text)
  },
  {
    name: 'nothing moves',
    kills: ['files.moveToFolder/moves', 'files.moveToFolder/root', 'files.moveToFolder/partial'],
    request: asking('files.moveToFolder', query => { query.set('method', 'files.getInfo') })
  },
  { name: 'moving into nothing is fine', kills: ['files.moveToFolder/no-folder', 'files.moveToFolder/foreign-folder'], answer: lenient('files.moveToFolder', 10) },
  {
    name: 'what cannot be moved goes to the root',
    kills: ['files.moveToFolder/no-folder'],
    // The folder of another run would exist here, so an unknown id is sent to the root.
    request: asking('files.moveToFolder', query => { if (!known.has(query.get('folder_id') ?? '')) query.set('folder_id', '0') }),
    answer: rewriteApi(text => {
      for (const [, id = ''] of text.matchAll(/<folder id="(\w+)"/g)) known.add(id)
      return text
    })
  },
  { name: 'moved ids are not told', kills: ['files.moveToFolder/id-first'], answer: answering('files.moveToFolder', text => text.replace(/\t<id>.*<\/id>\n/, '')) },
  {
    name: 'lists of files: the first only',
    kills: ['files.setInfo/several', 'files.setInfo/partial', 'files.delete/list', 'files.delete/file-each', 'files.delete/partial', 'files.sendMail/ids', 'files.sendMail/content', 'files.moveToFolder/partial'],
    request (request) { if (isApi(request) && request.query.get('method') !== 'files.getInfo') firstId(request.query); return undefined }
  },
  { name: 'descriptions are dropped', kills: ['files.setInfo/description', 'files.setInfo/several'], request: without('files.setInfo', 'description') },
  {
    name: 'names keep their extension',
    kills: ['files.setInfo/name'],
    request: asking('files.setInfo', query => { if (query.get('name') === 'after.tar.gz') query.set('name', 'after.txt') })
  },
  {
    name: 'passwords of the owner are hidden',
    kills: ['files.setInfo/password', 'files.getInfo/after-upload'],
    answer: answering('files.getInfo', text => text.replaceAll(/ password="[^"]*"/g, ' password=""'))
  },
  { name: 'passwords are not asked for', kills: ['files.setInfo/password'], answer: lenient('download.getInfo', 22) },
  { name: 'setInfo moves nothing', kills: ['files.setInfo/folder', 'files.setInfo/clear-folder'], request: without('files.setInfo', 'folder_id') },
  {
    name: 'time limits are an end',
    kills: ['files.setInfo/time-limit'],
    answer: answering('files.getInfo', text => text.replaceAll(/ time_limit="\d+"/g, ` time_limit="${Math.floor(Date.now() / 1000) + 3600}"`))
  },
  { name: 'downloads_limit is not known', kills: ['files.setInfo/downloads-limit'], request: without('files.setInfo', 'downloads_limit') },
  { name: 'download_limit is not known', kills: ['files.setInfo/download-limit'], request: without('files.setInfo', 'download_limit') },
  {
    name: 'the only action is 1',
    kills: ['files.setInfo/action'],
    request: asking('files.setInfo', query => { if (query.get('limit_action') === '2') query.set('limit_action', '1') })
  },
  {
    name: 'each change clears the description',
    kills: ['files.setInfo/only-present'],
    request: asking('files.setInfo', query => { if (!query.has('description')) query.set('description', '') })
  },
  {
    name: 'each change sets the time limit anew',
    kills: ['files.setInfo/only-present'],
    request: asking('files.setInfo', query => { if (!query.has('time_limit')) query.set('time_limit', '86400') })
  },
  {
    name: 'empty counts as absent in setInfo',
    kills: [
      ...['description', 'password', 'folder', 'time-limit', 'downloads-limit', 'action'].map(what => `files.setInfo/clear-${what}`), 'files.setInfo/empty-name'
    ],
    request: asking('files.setInfo', query => { for (const [name, value] of [...query]) if (value === '') query.delete(name) })
  },
  {
    name: 'zero is a limit',
    kills: ['files.setInfo/clear-time-limit', 'files.setInfo/clear-downloads-limit'],
    request: asking('files.setInfo', query => { for (const name of ['time_limit', 'downloads_limit']) if (query.get(name) === '0') query.set(name, '1') })
  },
  { name: 'empty names are taken', kills: ['files.setInfo/empty-name'], request: asking('files.setInfo', query => { if (query.get('name') === '') query.set('name', 'file') }) },
  {
    name: 'an action 3 without a folder moves to the root',
    kills: ['files.setInfo/target-missing', 'files.setInfo/target-alone'],
    request: asking('files.setInfo', query => {
      if (query.get('limit_action') === '3' && !query.has('limit_action_to_folder')) query.set('limit_action_to_folder', '0')
      if (!query.has('limit_action')) query.delete('limit_action_to_folder')
    })
  },
  {
    name: 'bad parameters do not keep the others from changing',
    kills: ['files.setInfo/atomic'],
    request: asking('files.setInfo', query => { if (query.get('limit_action') === '9') query.delete('limit_action') })
  },
  { name: 'foreign targets are taken', kills: ['files.setInfo/target-foreign', 'files.setInfo/atomic'], answer: lenient('files.setInfo', 10) },
  { name: 'foreign files are taken', kills: ['files.setInfo/foreign'], answer: lenient('files.setInfo', 9) },
  { name: 'reached limits wait', kills: ['files.setInfo/limit-reached-already'], request: without('files.setInfo', 'limit_action') },
  {
    name: 'deleted files stay',
    kills: ['files.delete/gone', 'files.delete/list', 'files.delete/partial', 'files.delete/twice', 'files.delete/space-back'],
    request: asking('files.delete', query => { query.set('method', 'files.getInfo') })
  },
  { name: 'pages of deleted files are 200', kills: ['files.delete/gone'], answer (answer, { path }) { if (path.startsWith('/file/')) answer.status = 200 } },
  { name: 'deleting twice is fine', kills: ['files.delete/twice', 'files.delete/foreign'], answer: lenient('files.delete', 9) },
  {
    name: 'deleted ids are told one by one',
    kills: ['files.delete/list', 'files.sendMail/ids'],
    answer: rewriteApi(text => text.replace(/<id>(\w+),(\w+)<\/id>/, '<id>$1</id><id>$2</id>'))
  },
  { name: 'no file for each that was deleted', kills: ['files.delete/file-each'], answer: answering('files.delete', text => text.replaceAll(/\t<file id="\w+"\/>\n/g, '')) },
  { name: 'deleting gives no space back', kills: ['files.delete/space-back'], answer: rewriteApi(text => text.replace(/<diskspace_left>(\d+)</, '<diskspace_left>95000<')) },
  {
    name: 'capabilities do not matter',
    kills: ['files.moveToFolder/capability', 'files.setInfo/capability', 'files.delete/capability'],
    answer: rewriteApi((text, { query }) => text.includes('code="11"') ? okOf(query.get('method') ?? '') : text)
  },
  {
    name: 'one mail for all',
    kills: ['files.sendMail/one-each', 'files.sendMail/content', 'files.sendMail/collected'],
    request: asking('files.sendMail', query => { query.set('emails', query.get('emails')?.split(',')[0] ?? '') })
  },
  { name: 'messages are dropped', kills: ['files.sendMail/content'], request: without('files.sendMail', 'message') },
  { name: 'contacts are not collected but added', kills: ['files.sendMail/collected'], answer: answering('addressbook.list', text => text.replaceAll('type="1"', 'type="0"')) },
  {
    name: 'collecting changes who is there',
    kills: ['files.sendMail/collected-once'],
    answer: answering('addressbook.list', text => text.replaceAll(/name="Known" description="" type="0"/g, 'name="Known" description="" type="1"'))
  },
  {
    name: 'invalid addresses are skipped',
    kills: ['files.sendMail/one-invalid'],
    request: asking('files.sendMail', query => { query.set('emails', query.get('emails')?.replace(',bad', '') ?? '') })
  },
  {
    name: 'invalid addresses keep nobody from being mailed',
    kills: ['files.sendMail/one-invalid'],
    request: asking('files.sendMail', query => {
      const emails = query.get('emails') ?? ''
      if (!emails.includes(',bad')) return
      query.set('emails', emails.replace(',bad', ''))
      query.set('session_key', query.get('session_key') ?? '')
    }),
    answer: answering('files.sendMail', (text, query) => query.get('emails')?.includes(',') === false ? text.replace('status="ok">', 'status="fail">\n\t<error code="24" text="Invalid email address"/>') : text)
  },
  {
    name: 'the twenty-first address is left out',
    kills: ['files.sendMail/twenty'],
    request: asking('files.sendMail', query => { query.set('emails', (query.get('emails') ?? '').split(',').slice(0, 20).join(',')) })
  },
  { name: 'links to files of others are mailed', kills: ['files.sendMail/foreign'], answer: lenient('files.sendMail', 9) }
]

const known = new Set<string>(['0'])
