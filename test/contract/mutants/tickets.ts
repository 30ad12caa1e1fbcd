import { answers, answersItself, asks, otherCodes } from '../api-mutant.ts'
import { rewriteApi, type MutableAnswer, type Mutant } from '../mutant.ts'

const notFound = (): MutableAnswer => ({ status: 404, headers: [['content-type', 'text/plain']], body: Buffer.from('nothing here') })

let identifier: string | undefined
const kept = new Map<string, Buffer>()

export const uploadTicketMutants: readonly Mutant[] = [
  { name: 'upload addresses without a folder', kills: ['upload.getInfo/url-shape'], answer: answers('upload.getInfo', text => text.replace(/DESTINATION_DIR=\d+&amp;/, '')) },
  { name: 'progress elsewhere', kills: ['upload.getInfo/progress-shape'], answer: answers('upload.getInfo', text => text.replace('/progressapiupload.html', '/progress')) },
  { name: 'addresses without a host', kills: ['upload.getInfo/absolute'], answer: answers('upload.getInfo', text => text.replace(/ url="http:\/\/[^/]*/, ' url="')) },
  { name: 'another identifier', kills: ['upload.getInfo/one-identifier'], answer: answers('upload.getInfo', text => text.replace(/upload_identifier="\d/, 'upload_identifier="9')) },
  { name: 'another size in the address', kills: ['upload.getInfo/size-in-url'], answer: answers('upload.getInfo', text => text.replace(/MAX_FILE_SIZE=\d+/, 'MAX_FILE_SIZE=1')) },
  {
    name: 'one identifier for all tickets',
    kills: ['upload.getInfo/new-each-time'],
    setUp: () => { identifier = undefined },
    answer: answers('upload.getInfo', text => {
      const found = /upload_identifier="([^"]*)"/.exec(text)?.[1]
      identifier ??= found
      return found === undefined ? text : text.replaceAll(found, identifier ?? found)
    })
  },
  { name: 'proofs in base64', kills: ['upload.getInfo/proof-alphabet'], answer: answers('upload.getInfo', text => text.replace(/extra_info="[^"]*/, 'extra_info="a+b/c=')) },
  { name: 'speed limits are ignored', kills: ['upload.getInfo/speed-limit'], request: asks('upload.getInfo', query => { query.delete('speed_limit') }) },
  { name: 'a speed of 0 is slow', kills: ['upload.getInfo/speed-0'], request: asks('upload.getInfo', query => { if (query.get('speed_limit') === '0') query.set('speed_limit', '10') }) },
  { name: 'other reasons for no ticket', kills: ['upload.getInfo/capability', 'upload.getInfo/over', 'upload.getInfo/full', 'upload.getInfo/paused'], answer: otherCodes('upload.getInfo', { 11: 19, 13: 12, 19: 20, 20: 11 }) },
  { name: 'other reasons for no anonymous ticket', kills: ['anonymous.uploadGetInfo/paused'], answer: otherCodes('anonymous.uploadGetInfo', { 13: 12 }) },
  { name: 'anonymous uploads need a session', kills: ['anonymous.uploadGetInfo/no-session'], request: answersItself('anonymous.uploadGetInfo', 3) },
  {
    name: 'anonymous addresses in the other order',
    kills: ['anonymous.uploadGetInfo/url-first', 'anonymous.uploadGetInfo/progress-first'],
    answer: answers('anonymous.uploadGetInfo', text => text.replace(/( (?:progress_)?url="[^"]*")( (?:progress_)?url="[^"]*")/, '$2$1'))
  },
  { name: 'anonymous uploads are always open', kills: ['anonymous.uploadGetInfo/closed'], states: { 'anonymous-closed': { run: 'true' } } }
]

export const downloadLinkMutants: readonly Mutant[] = [
  { name: 'links with another name', kills: ['download.getInfo/own'], answer: answers('download.getInfo', text => text.replace(/name="[^"]*"/, 'name="another"')) },
  { name: 'links to own files alone', kills: ['download.getInfo/any-file'], request: answersItself('download.getInfo', 9) },
  { name: 'links with a query', kills: ['download.getInfo/no-query'], answer: answers('download.getInfo', text => text.replace(/ url="([^"]*)"/, ' url="$1?from=api&amp;as=file"')) },
  { name: 'links that lead nowhere', kills: ['download.getInfo/serves', 'download.getInfo/lives-hours'], request: request => request.path.startsWith('/dl/') ? notFound() : undefined },
  {
    name: 'download.getInfo answers for ever',
    kills: ['download.getInfo/ends'],
    setUp: () => { kept.clear() },
    answer (answer, { path }) {
      if (!path.startsWith('/dl/')) return
      if (answer.status === 200) kept.set(path, answer.body)
      answer.status = 200
      answer.body = kept.get(path) ?? answer.body
    }
  },
  { name: 'the open password is always sent', kills: ['download.getInfo/password-missing', 'download.getInfo/password-wrong'], request: asks('download.getInfo', query => { query.set('password', 'open sesame') }) },
  { name: 'no password is right', kills: ['download.getInfo/password-right', 'download.getInfo/password-unneeded'], request: answersItself('download.getInfo', 22, query => query.has('password')) },
  {
    name: 'other reasons for no link',
    kills: ['download.getInfo/capability', 'download.getInfo/limit-reached', 'download.getInfo/unreachable', 'download.getInfo/over', 'download.getInfo/bandwidth'],
    answer: otherCodes('download.getInfo', { 11: 9, 12: 13, 19: 20, 23: 11 })
  }
]

export const addressMutants: readonly Mutant[] = [
  { name: 'links to another name of the host', kills: ['public/host'], answer: rewriteApi(text => text.replaceAll('//127.0.0.1:', '//localhost:')) },
  { name: 'links to a host that does not answer', kills: ['public/one-base'], answer: rewriteApi(text => text.replace(/ public_url="http:\/\/[^/]*/, ' public_url="http://127.0.0.1:1')) },
  { name: 'plans of half the size', kills: ['defaults/lite', 'defaults/pro', 'defaults/max'], answer: answers('upload.getInfo', text => text.replace(/max_file_size="(\d+)"/, (_, size: string) => `max_file_size="${Number(size) / 2}"`)) }
]
