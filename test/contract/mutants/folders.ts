import { answering, asking, lenient, okOf, without } from '../by-method.ts'
import { rewriteApi, type Mutant } from '../mutant.ts'

/** Rewrites `name` of each element of that kind. */
const attribute = (element: string, name: string, change: (value: string) => string) => (text: string): string =>
  text.replaceAll(new RegExp(`(<${element} [^>]*\\b${name}=")([^"]*)"`, 'g'), (_, start: string, value: string) => `${start}${change(value)}"`)

const dropped = (text: string, element: string): string => text.replaceAll(new RegExp(`\\t<${element} [^>]*/>\\n`, 'g'), '')

export const foldersMutants: readonly Mutant[] = [
  {
    name: 'files deeper down count',
    kills: ['folders.getInfo/own'],
    answer: answering('folders.getInfo', attribute('folder', 'total_files', count => count === '2' ? '3' : count))
  },
  {
    name: 'the root is not known',
    kills: ['folders.getInfo/root', 'folders.getContents/root'],
    request: ({ query }) => { if (/^folders\.get/.test(query.get('method') ?? '') && query.get('folder_id') === '0') query.set('folder_id', '000000'); return undefined }
  },
  {
    name: 'folders of others are told apart',
    kills: ['folders.getInfo/foreign'],
    answer: answering('folders.getInfo', text => text.replace('code="10"', `code="10" info="${Math.random()}"`))
  },
  {
    name: 'folders of others are 33',
    kills: ['folders.getInfo/foreign', 'folders.getContents/foreign', 'folders.setInfo/foreign', 'folders.delete/foreign', 'folders.sendMail/foreign', 'folders.create/foreign-parent', 'folders.move/foreign-target'],
    answer: rewriteApi(text => text.replace('code="10"', 'code="33"'))
  },
  { name: 'new folders are public', kills: ['folders.create/defaults'], request: asking('folders.create', query => { if (!query.has('shared')) query.set('shared', '1') }) },
  { name: 'new folders are private', kills: ['folders.create/shared'], request: without('folders.create', 'shared') },
  {
    name: 'new folders lie in the root',
    kills: ['folders.create/parent', 'folders.getAll/all-depths', 'folders.create/no-parent', 'folders.create/foreign-parent', 'folders.create/depth'],
    request: asking('folders.create', query => { query.delete('parent_folder_id') })
  },
  {
    name: 'siblings may not share a name',
    kills: ['folders.create/same-name'],
    answer: answering('folders.create', (text, query) => query.get('name') === 'inner' && namesMade.has(query.get('parent_folder_id') ?? '') ? text.replace('status="ok"', 'status="fail"').replace('<folder', '<error code="21" text="Parameter has a bad value"/><folder') : firstOfItsName(text, query))
  },
  {
    name: 'no folder is too deep',
    kills: ['folders.create/depth', 'folders.setInfo/too-deep', 'folders.move/too-deep', 'folders.setInfo/into-itself', 'folders.setInfo/into-descendant', 'folders.move/into-itself', 'folders.move/into-descendant', 'folders.move/crossing'],
    answer: rewriteApi((text, { query }) => text.includes('code="31"') ? okOf(query.get('method') ?? '') : text)
  },
  {
    name: 'a folder that is too deep is 10',
    kills: ['folders.create/depth', 'folders.setInfo/too-deep', 'folders.move/too-deep'],
    answer: rewriteApi(text => text.replace('code="31"', 'code="10"'))
  },
  {
    name: 'unknown parents are the root',
    kills: ['folders.create/no-parent', 'folders.move/no-target'],
    answer: rewriteApi((text, { query }) => text.includes('code="10"') && query.has('parent_folder_id') ? okOf(query.get('method') ?? '') : text)
  },
  {
    name: 'capabilities do not matter to folders',
    kills: ['folders.create/capability', 'folders.setInfo/capability', 'folders.delete/capability', 'folders.move/capability'],
    answer: rewriteApi((text, { query }) => text.includes('code="11"') ? okOf(query.get('method') ?? '') : text)
  },
  {
    name: 'each change makes a folder private',
    kills: ['folders.setInfo/only-present'],
    request: asking('folders.setInfo', query => { if (!query.has('shared')) query.set('shared', '0') })
  },
  { name: 'folders keep their names', kills: ['folders.setInfo/name'], request: without('folders.setInfo', 'name') },
  { name: 'folders stay as shared as they were', kills: ['folders.setInfo/share', 'folders.setInfo/clear-shared'], request: without('folders.setInfo', 'shared') },
  { name: 'folders stay where they are', kills: ['folders.setInfo/parent', 'folders.setInfo/clear-parent'], request: without('folders.setInfo', 'parent_folder_id') },
  {
    name: 'empty counts as absent in folders.setInfo',
    kills: ['folders.setInfo/clear-shared', 'folders.setInfo/clear-parent', 'folders.setInfo/empty-name'],
    request: asking('folders.setInfo', query => { for (const [name, value] of [...query]) if (value === '') query.delete(name) })
  },
  { name: 'folders of others are changed', kills: ['folders.setInfo/foreign'], answer: lenient('folders.setInfo', 10) },
  {
    name: 'deleted folders stay',
    kills: ['folders.delete/empty', 'folders.delete/recursive', 'folders.delete/list', 'folders.delete/partial'],
    request: asking('folders.delete', query => { query.set('method', 'folders.getInfo') })
  },
  { name: 'deleting does not tell the id', kills: ['folders.delete/empty', 'folders.move/moves'], answer: rewriteApi(text => text.replace('\t<status>ok</status>\n', '')) },
  {
    name: 'folders that are not empty are 11',
    kills: ['folders.delete/with-file', 'folders.delete/with-folder'],
    answer: answering('folders.delete', text => text.replace('code="14"', 'code="11"'))
  },
  {
    name: 'what is not empty stays in all versions',
    kills: ['folders.delete/recursive', 'folders.delete/recursive-space'],
    request: asking('folders.delete', query => { if (!(query.get('folder_id') ?? '').includes(',')) query.set('method', 'folders.getInfo') })
  },
  { name: 'no folder for each that was deleted', kills: ['folders.delete/list'], answer: answering('folders.delete', text => dropped(text, 'folder')) },
  {
    name: 'folders that could not be deleted are not told',
    kills: ['folders.delete/partial'],
    answer: answering('folders.delete', text => text.includes('status="ok"') ? dropped(text, 'error') : text)
  },
  {
    name: 'an error for each folder',
    kills: ['folders.delete/partial'],
    answer: answering('folders.delete', text => text.replace(/\t(<error code="10" text="[^"]*" id=")(\w+),(\w+)"\/>/, '\t$1$2"/>\n\t$1$3"/>'))
  },
  { name: 'folders of others are deleted', kills: ['folders.delete/foreign'], answer: lenient('folders.delete', 10) },
  { name: 'space is not counted', kills: ['folders.delete/recursive-space'], answer: rewriteApi(text => text.replace(/<diskspace_left>(\d+)</, '<diskspace_left>95000<')) },
  {
    name: 'files before folders',
    kills: ['folders.getContents/folders-first'],
    answer: answering('folders.getContents', text => text.replace(/((?:\t<folder [^>]*\/>\n)+)((?:\t<file [^>]*\/>\n)+)/, '$2$1'))
  },
  {
    name: 'subfolders are listed along',
    kills: ['folders.getContents/direct'],
    answer: answering('folders.getContents', text => text.replace('</result>', text.includes('name="z"') ? '\t<folder id="zzzzzz" name="deep"/>\n</result>' : '</result>'))
  },
  {
    name: 'an empty folder holds itself',
    kills: ['folders.getContents/empty'],
    answer: answering('folders.getContents', text => text.replace(/status="ok">\n<\/result>/, 'status="ok">\n\t<folder id=""/>\n</result>'))
  },
  {
    name: 'a page holds a thousand folders',
    kills: ['folders.getContents/many'],
    answer: answering('folders.getContents', text => text.split('\n').filter((line, i) => i < 1002 || !line.startsWith('\t<folder')).join('\n'))
  },
  { name: 'contents of others are told', kills: ['folders.getContents/foreign'], answer: lenient('folders.getContents', 10) },
  {
    name: 'shared folders are hidden',
    kills: ['folders.getShared/shared', 'folders.getShared/link-sendspace', 'folders.getShared/link-own'],
    answer: answering('folders.getShared', text => dropped(text, 'current'))
  },
  { name: 'private folders are unknown', kills: ['folders.getShared/private'], answer: answering('folders.getShared', text => text.replace('code="33"', 'code="10"')) },
  {
    name: 'unknown folders are private',
    kills: ['folders.getShared/unknown', 'folders.getShared/link-foreign'],
    answer: answering('folders.getShared', text => text.replace('code="10"', 'code="33"'))
  },
  {
    name: 'private folders are shown to nobody',
    kills: ['folders.getShared/own-private'],
    answer: answering('folders.getShared', text => text.replace(/<current id="\w+" name="check"/, '<current id="" name=""'))
  },
  {
    name: 'private subfolders are shown',
    kills: ['folders.getShared/inner-private', 'folders.getShared/little'],
    answer: answering('folders.getShared', text => text.replace('</result>', '\t<folder id="zzzzzz" name="secret"/>\n</result>'))
  },
  {
    name: 'files with a password are left out',
    kills: ['folders.getShared/with-password'],
    answer: answering('folders.getShared', text => text.replaceAll(/\t<file [^>]*locked\.txt[^>]*\/>\n/g, ''))
  },
  {
    name: 'passwords are shown',
    kills: ['folders.getShared/with-password', 'folders.getShared/little'],
    answer: answering('folders.getShared', text => text.replaceAll('<file ', '<file password="xsesamex" '))
  },
  {
    name: 'links to folders are not known',
    kills: ['folders.getShared/link-sendspace', 'folders.getShared/link-own'],
    request: asking('folders.getShared', query => { if (query.get('folder_id')?.includes('://') === true) query.set('folder_id', 'zzzzzz') })
  },
  {
    name: 'links lead anywhere',
    kills: ['folders.getShared/link-foreign'],
    request: asking('folders.getShared', query => { query.set('folder_id', query.get('folder_id')?.replace('https://example.com/folder/', '') ?? '') })
  },
  {
    name: 'getAll lists the top',
    kills: ['folders.getAll/all-depths'],
    answer: answering('folders.getAll', text => text.replaceAll(/\t<folder [^>]*parent_folder_id="(?!0")\w+"\/>\n/g, ''))
  },
  { name: 'getAll leaves out the root', kills: ['folders.getAll/never-empty'], answer: answering('folders.getAll', text => text.replace(/\t<folder id="0" [^>]*\/>\n/, '')) },
  {
    name: 'private folders have no link',
    kills: ['folders.getAll/public-url'],
    answer: answering('folders.getAll', text => text.replaceAll(/(shared="0" public_url=")[^"]*/g, '$1'))
  },
  { name: 'folders are not moved', kills: ['folders.move/moves', 'folders.move/root'], request: asking('folders.move', query => { query.set('method', 'folders.getInfo') }) },
  {
    name: 'crossing moves are 10',
    kills: ['folders.move/crossing', 'folders.move/into-itself', 'folders.move/into-descendant'],
    answer: answering('folders.move', text => text.replace('code="31"', 'code="10"'))
  },
  {
    name: 'mails about folders go to the first',
    kills: ['folders.sendMail/one-each'],
    request: asking('folders.sendMail', query => { query.set('emails', query.get('emails')?.split(',')[0] ?? '') })
  },
  {
    name: 'only the first folder is mailed',
    kills: ['folders.sendMail/list', 'folders.sendMail/one-each'],
    request: asking('folders.sendMail', query => { query.set('folder_id', query.get('folder_id')?.split(',')[0] ?? '') })
  },
  { name: 'nobody is collected for folders', kills: ['folders.sendMail/collected'], answer: answering('addressbook.list', text => dropped(text, 'contact')) },
  {
    name: 'invalid addresses are skipped for folders',
    kills: ['folders.sendMail/one-invalid'],
    request: asking('folders.sendMail', query => { query.set('emails', query.get('emails')?.replace(',bad', '') ?? '') })
  },
  { name: 'folders of others are mailed', kills: ['folders.sendMail/foreign'], answer: lenient('folders.sendMail', 10) }
]

const namesMade = new Set<string>()

function firstOfItsName (text: string, query: URLSearchParams): string {
  if (query.get('name') === 'inner') namesMade.add(query.get('parent_folder_id') ?? '')
  return text
}
