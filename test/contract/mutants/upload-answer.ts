import { rewrite, type Mutant } from '../mutant.ts'

const ofUpload = (change: (text: string) => string): NonNullable<Mutant['answer']> =>
  rewrite(text => /^upload_status=|<upload_done>/.test(text) ? change(text) : text)

export const uploadAnswerMutants: readonly Mutant[] = [
  { name: 'uploads are answered with CRLF', kills: ['upload.answer/text'], answer: ofUpload(text => text.replaceAll('\n', '\r\n')) },
  { name: 'uploads are answered after a blank line', kills: ['upload.answer/text'], answer: ofUpload(text => `\n${text}`) },
  {
    name: 'uploads are answered as HTML',
    kills: ['upload.answer/text', 'upload.answer/xml'],
    answer: ({ headers }, { path }) => { if (path.startsWith('/apiupload')) headers.splice(0, headers.length, ...headers.map(([name, value]): [string, string] => [name, name.toLowerCase() === 'content-type' ? 'text/html' : value])) }
  },
  { name: 'uploads tell the status last', kills: ['upload.answer/lines-1.0', 'upload.answer/lines-1.2'], answer: ofUpload(text => text.replace(/^(upload_status=ok\n)(.*)$/s, '$2$1')) },
  { name: 'uploads tell one file', kills: ['upload.answer/several-1.0', 'upload.answer/lines-1.2'], answer: ofUpload(text => text.replace(/(file_id=\w+\n(?:file_name=.*\n)?)file_id=\w+\n(?:file_name=.*\n)?/, '$1')) },
  { name: 'file names are told as they were sent', kills: ['upload.answer/names-1.2'], answer: ofUpload(text => text.replace('file_name=', 'file_name=C:\\folder\\')) },
  { name: 'uploads tell what was left before', kills: ['upload.answer/numbers'], answer: ofUpload(text => text.replace(/diskspace_left=(\d+)/, (_, left: string) => `diskspace_left=${Number(left) + 1000}`)) },
  { name: 'failed uploads have no code', kills: ['upload.answer/fail'], answer: ofUpload(text => text.replace(/error=\d+ /, 'error=')) },
  { name: 'failed uploads have an empty id', kills: ['upload.answer/fail-without-id'], answer: ofUpload(text => text.replace('upload_status=fail\n', 'upload_status=fail\nfile_id=\n')) },
  { name: 'the delete_url stands first', kills: ['upload.answer/xml-order'], answer: ofUpload(text => text.replace(/(\t<download_url>.*\n)(\t<delete_url>.*\n)/g, '$2$1')) },
  { name: 'all stands on one line', kills: ['upload.answer/xml-order'], answer: ofUpload(text => text.replaceAll('\n\t', '')) },
  { name: 'links have a query', kills: ['upload.answer/xml-links'], answer: ofUpload(text => text.replaceAll(/(<download_url>[^<]*)</g, '$1?from=upload<')) },
  { name: 'the last file of several is told', kills: ['upload.answer/xml-several'], answer: ofUpload(text => text.replace(/\t<download_url>(?:.*\n)+?(?=\t<download_url>)/, '')) },
  { name: 'failures without an account are text', kills: ['upload.answer/xml-fail'], answer: ofUpload(text => text.includes('<status>fail') ? 'upload_status=fail\n' : text) },
  { name: 'ampersands are not escaped', kills: ['upload.answer/xml-well-formed'], answer: ofUpload(text => text.replaceAll('&amp;', '&')) },
  { name: 'answers to uploads may be stored', kills: ['upload.answer/no-store'], answer: ({ headers }, { path }) => { if (path.startsWith('/apiupload')) headers.splice(0, headers.length, ...headers.filter(([name]) => name.toLowerCase() !== 'cache-control')) } }
]
