import { rewrite, rewriteApi, type Mutant } from '../mutant.ts'

export const identifierMutants: readonly Mutant[] = [
  { name: 'tokens in capitals', kills: ['ids/token'], answer: rewriteApi(text => text.replace(/<token>([a-z0-9]+)</, (_, token: string) => `<token>${token.toUpperCase()}<`)) },
  { name: 'file ids of five characters', kills: ['ids/file'], answer: rewrite(text => text.replace(/^file_id=(\w{5})\w$/m, 'file_id=$1')) },
  { name: 'delete codes in capitals', kills: ['ids/delete-code'], answer: rewrite(text => text.replace(/(<delete_url>.*\/)([0-9a-f]{32})</, (_, start: string, code: string) => `${start}${code.toUpperCase()}<`)) },
  { name: 'identifiers without a time', kills: ['ids/ticket'], answer: rewriteApi(text => text.replace(/upload_identifier="(\d+)\.\d+\./, 'upload_identifier="$1.0.')) }
]
