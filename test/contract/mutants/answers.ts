import { rewrite, rewriteApi, type Mutant } from '../mutant.ts'

/** Changes every answer of the API with one replacement. */
const replaced = (name: string, kills: readonly string[], from: RegExp | string, to: string): Mutant => ({ name, kills, answer: rewriteApi(text => text.replace(from, to)) })

export const answerMutants: readonly Mutant[] = [
  replaced('no XML declaration', ['answers/declaration'], /^<\?xml[^>]*>\n/, ''),
  replaced('another encoding in the declaration', ['answers/declaration'], 'UTF-8', 'ISO-8859-1'),
  replaced('a byte order mark', ['answers/no-bom'], /^/, '\ufeff'),
  replaced('CR and LF', ['answers/lf'], /\n/g, '\r\n'),
  replaced('blanks instead of TAB', ['answers/tab'], /^\t/gm, '  '),
  replaced('a blank before the end of empty elements', ['answers/empty-tag'], /\/>/g, ' />'),
  replaced('all on one line', ['answers/one-line', 'answers/tab'], /\n(?!<result)/g, ''),
  replaced('no line break at the end', ['answers/final-newline'], /\n$/, ''),
  { name: 'Latin-1', kills: ['answers/utf8'], answer (sent, { path }) { if (path.startsWith('/rest')) sent.body = Buffer.from(sent.body.toString(), 'latin1') } },
  replaced('a tag that is not closed', ['answers/well-formed'], /<\/result>/, ''),
  replaced('two spaces between attributes', ['answers/one-space'], /" (\w+=")/g, '"  $1'),
  replaced('status before method', ['answers/result-root'], /<result (method="[^"]*") (status="\w+")/, '<result $2 $1'),
  replaced('status failed', ['answers/status-ok-or-fail'], 'status="fail"', 'status="failed"'),
  replaced('methods in small letters', ['answers/echo-as-sent'], /method="auth\.createToken"/i, 'method="auth.createtoken"'),
  replaced('unknown methods are not told', ['answers/echo-unknown', 'answers/echo-forbidden'], /method="no[^"]*"/, 'method=""'),
  replaced('a word for no method', ['answers/echo-none'], 'method=""', 'method="none"'),
  replaced('an element before the error', ['answers/error-first'], /(\t<error )/, '\t<failed/>\n$1'),
  replaced('text before code', ['answers/error-code-first'], /<error (code="\d+") (text="[^"]*")/, '<error $2 $1'),
  replaced('info before text', ['answers/error-info-last', 'answers/error-code-first'], /<error (code="\d+") (text="[^"]*") (info="[^"]*")/, '<error $1 $3 $2'),
  replaced('no ids after an error', ['answers/ids-after-error', 'answers/ids-as-sent'], /(<error .*\n)\t<id>.*\n/, '$1'),
  { name: 'ids without blanks', kills: ['answers/ids-as-sent'], answer: rewriteApi(text => text.replace(/<id>([^<]*)<\/id>/, (_, ids: string) => `<id>${ids.replaceAll(' ', '')}</id>`)) },
  replaced('ids after each error', ['answers/no-ids-elsewhere'], /(<error .*\n)(?!\t<id>)/, '$1\t<id></id>\n'),
  replaced('one sentence for 27', ['answers/reason-of-27', 'codes/27'], /code="27" text="[^"]*"/, 'code="27" text=""'),
  replaced('what is not set is left out', ['answers/attributes-always'], / (?:description|password)=""/g, ''),
  replaced('< and > are not escaped', ['answers/escape-attribute', 'answers/names-round-trip'], /&(?:gt|lt);/g, '<'),
  replaced('a description is one line', ['answers/escape-controls'], /&#(?:10|13|9|xA|xD|x9);/gi, ' '),
  replaced('forbidden characters are removed', ['answers/forbidden-replaced', 'answers/echo-forbidden'], /\ufffd/g, ''),
  replaced('names lose marks of direction', ['answers/names-round-trip'], /[\u202e\u200f]/g, ''),
  {
    name: 'answers of an upload are HTML',
    kills: ['upload_status/type', 'upload_done/type', 'progress/type'],
    answer (sent, { path }) {
      if (/^\/(?:apiupload|progress)/.test(path)) sent.headers = sent.headers.map(([name, value]) => name.toLowerCase() === 'content-type' ? [name, 'text/html'] : [name, value])
    }
  },
  { name: 'lines of an upload in another form', kills: ['upload_status/upload_status', 'upload_status/file_id', 'upload_status/bandwidth_left', 'upload_status/diskspace_left', 'upload_status/diskspace_used', 'upload_status/points'], answer: rewrite((text, { path }) => path === '/apiupload' && !text.startsWith('<') ? text.replace(/^(\w+)=(?!.*\.bin)/gm, '$1= x') : text) },
  { name: 'lines of an upload without a name', kills: ['upload_status/elements', 'upload_status/file_name'], answer: rewrite((text, { path }) => path === '/apiupload' ? text.replace(/^file_name=.*\n/gm, '').replace(/^bandwidth_left/m, 'left') : text) },
  { name: 'answers of an anonymous upload in another form', kills: ['upload_done/status', 'upload_done/download_url', 'upload_done/delete_url', 'upload_done/file_id', 'upload_done/file_name', 'upload_done/elements'], answer: rewrite((text, { path }) => path !== '/apiupload' ? text : text.replace(/<(\/?)file_name>/g, '<$1name>').replace(/<(status|download_url|delete_url|file_id)>/g, '<$1> ')) },
  { name: 'progress in another form', kills: ['progress/status', 'progress/eta', 'progress/speed', 'progress/uploaded_bytes', 'progress/total_size', 'progress/elapsed', 'progress/meter', 'progress/elements'], answer: rewrite((text, { path }) => path.startsWith('/progress') ? text.replace(/<(\w+)>(?=\w)/g, '<$1> ').replace('<progress>', '<progress><x/>') : text) }
]
