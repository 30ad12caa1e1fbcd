import { readEastern } from '../../../src/contract/steps/eastern-time.ts'
import { answers, answersItself, asks, otherCodes, reversed } from '../api-mutant.ts'
import { rewriteApi, type Mutant } from '../mutant.ts'

const ids = (query: URLSearchParams): readonly string[] => (query.get('file_id') ?? '').split(',')
const two = (number: number): string => String(number).padStart(2, '0')

export const valueMutants: readonly Mutant[] = [
  { name: 'a membership that nobody knows', kills: ['values/membership-known'], answer: answers('auth.login', text => text.replace(/<membership_type>\w+</, '<membership_type>Gold<')) },
  { name: 'memberships in small letters', kills: ['values/membership-capital'], answer: answers('auth.login', text => text.replace(/<membership_type>\w+</, type => type.toLowerCase())) },
  {
    name: 'never ends as in the other version',
    kills: ['values/never-ends-1.0', 'values/never-ends-later'],
    answer: answers('auth.login', text => text.replace(/<membership_ends>(-1|2147483647)</, (_, ends: string) => `<membership_ends>${ends === '-1' ? '2147483647' : '-1'}<`))
  },
  { name: 'ended memberships with their end', kills: ['values/over'], answer: answers('auth.login', text => text.replace('<membership_ends>0<', '<membership_ends>1700000000<')) },
  { name: 'ends in milliseconds', kills: ['values/ends-at'], answer: answers('auth.login', text => text.replace(/<membership_ends>(\d{10})</, '<membership_ends>$1000<')) },
  { name: 'unlimited as a large number', kills: ['values/unlimited', 'values/32-bit-lite'], answer: answers('auth.login', text => text.replaceAll('_left>-1<', '_left>9223372036854775807<')) },
  { name: 'anonymous files of 10 GiB', kills: ['values/32-bit-anonymous', 'defaults/anonymous-size'], answer: answers('anonymous.uploadGetInfo', text => text.replace(/max_file_size="\d+"/, 'max_file_size="10737418240"')) },
  {
    name: 'upload times an hour off',
    kills: ['values/upload-time-1.0', 'values/upload-time-later'],
    answer: rewriteApi(text => text.replace(/upload_time="(\d+)"/, (_, time: string) => `upload_time="${Number(time) + 3600}"`)
      .replace(/upload_time="([\d/]{10}) (\d\d):/, (_, day: string, hour: string) => `upload_time="${day} ${two((Number(hour) + 1) % 24)}:`))
  },
  {
    name: 'no summer time',
    kills: ['values/upload-time-summer'],
    answer: rewriteApi(text => text.replace(/upload_time="([\d/]{10} [\d:]{8})"/, (_, time: string) => {
      const winter = new Date(readEastern(time) - 5 * 60 * 60 * 1000).toISOString()
      return `upload_time="${winter.slice(0, 10).replaceAll('-', '/')} ${winter.slice(11, 19)}"`
    }))
  },
  { name: 'files in the other order', kills: ['values/order-files'], answer: answers('folders.getContents', text => reversed(text, 'file')) },
  { name: 'time_limit as it was set', kills: ['values/time-limit'], answer: answers('files.getInfo', text => text.replace(/time_limit="[1-9]\d*"/, 'time_limit="3600"')) },
  { name: 'blanks in lists are invalid', kills: ['values/list-blanks'], request: answersItself('files.getInfo', 16, query => ids(query).some(id => id.includes(' '))) },
  { name: 'empty items are invalid', kills: ['values/list-empty-items'], request: answersItself('files.getInfo', 16, query => ids(query).includes('')) },
  { name: 'repeats are refused', kills: ['values/list-repeats', 'values/list-hundred'], request: answersItself('files.getInfo', 21, query => new Set(ids(query)).size < ids(query).length) },
  { name: 'lists of 99', kills: ['values/list-hundred'], request: answersItself('files.getInfo', 21, query => new Set(ids(query)).size > 99) },
  { name: 'a list of nothing finds nothing', kills: ['values/list-of-nothing'], request: answersItself('files.getInfo', 9, query => /^,+$/.test(query.get('file_id') ?? '')) },
  { name: 'files in an order of its own', kills: ['values/order-asked'], request: asks('files.getInfo', query => { query.set('file_id', [...ids(query)].sort().join()) }) },
  { name: 'links with www alone', kills: ['values/link-sendspace'], request: answersItself('files.getInfo', 26, query => /^https?:\/\/sendspace/.test(query.get('file_id') ?? '')) },
  { name: 'no links of downloads', kills: ['values/link-pro', 'values/link-own-pro'], request: answersItself('files.getInfo', 26, query => /\/pro\/dl\//.test(query.get('file_id') ?? '')) },
  { name: 'no links of its own', kills: ['values/link-own'], request: answersItself('files.getInfo', 26, query => /:\/\/127\.0\.0\.1/.test(query.get('file_id') ?? '')) },
  { name: 'links of any host', kills: ['values/link-foreign'], request: asks('files.getInfo', query => { query.set('file_id', (query.get('file_id') ?? '').replace(/\/\/[\w.]*foreign\.example/, '//www.sendspace.com')) }) },
  { name: 'links to nothing as no links', kills: ['values/link-unknown'], answer: otherCodes('files.getInfo', { 9: 26 }) },
  { name: 'ids of other letters as bad values', kills: ['values/id-foreign-alphabet'], answer: otherCodes('files.getInfo', { 16: 21 }) },
  { name: 'a root without a name', kills: ['values/root-listed'], answer: answers('folders.getAll', text => text.replace('name="Default"', 'name=""')) },
  { name: 'a root that can be changed', kills: ['values/root-rename', 'values/root-share', 'values/root-move'], request: answersItself('folders.setInfo', '<folder id="0"/>', query => query.get('folder_id') === '0') },
  { name: 'a root that can be moved', kills: ['values/root-move'], request: answersItself('folders.move', '<status>ok</status>', query => query.get('folder_id') === '0') },
  { name: 'a root that can be deleted', kills: ['values/root-delete'], request: answersItself('folders.delete', '<status>ok</status>', query => query.get('folder_id') === '0') },
  { name: 'folders in the other order', kills: ['values/order-folders'], answer: answers('folders.getContents', text => reversed(text, 'folder')) },
  { name: 'totals of all that is further down', kills: ['values/totals'], answer: answers('folders.getInfo', text => text.replace(/total_files="(\d+)"/, (_, files: string) => `total_files="${Number(files) + 1}"`)) }
]
