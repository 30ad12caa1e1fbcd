import { rewrite, rewriteApi, type Mutant } from '../mutant.ts'

export const identifierMutants: readonly Mutant[] = [
  { name: 'tokens in capitals', kills: ['ids/token'], answer: rewriteApi(text => text.replace(/<token>([a-z0-9]+)</, (_, token: string) => `<token>${token.toUpperCase()}<`)) },
  { name: 'file ids of five characters', kills: ['ids/file'], answer: rewrite(text => text.replace(/^file_id=(\w{5})\w$/m, 'file_id=$1')) },
  { name: 'delete codes in capitals', kills: ['ids/delete-code'], answer: rewrite(text => text.replace(/(<delete_url>.*\/)([0-9a-f]{32})</, (_, start: string, code: string) => `${start}${code.toUpperCase()}<`)) },
  { name: 'identifiers without a time', kills: ['ids/ticket'], answer: rewriteApi(text => text.replace(/upload_identifier="(\d+)\.\d+\./, 'upload_identifier="$1.0.')) },
  { name: 'session keys in capitals', kills: ['ids/session'], answer: rewriteApi(text => text.replace(/<session_key>([a-z0-9]+)</, (_, key: string) => `<session_key>${key.toUpperCase()}<`)) },
  { name: 'folder ids of five characters', kills: ['ids/folder'], answer: rewriteApi(text => text.replace(/<folder id="(\w{5})\w" name="check"/, '<folder id="$1" name="check"')) },
  { name: 'one id for all files', kills: ['ids/unlike', 'ids/unguessable'], answer: rewrite(text => text.replace(/^file_id=\w+$/m, 'file_id=abcdef')) },
  { name: 'any API key', kills: ['ids/key-form'], request ({ query }) { if (query.get('api_key') === 'abc') query.set('api_key', 'RESPACE001'); return undefined } }
]
