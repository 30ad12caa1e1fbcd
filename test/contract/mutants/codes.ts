import { METHODS } from '../../../src/api/registry.ts'
import { answerOf } from '../api-mutant.ts'
import { rewriteApi, type Mutant } from '../mutant.ts'

const all = (from: number, to: number): readonly number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** Replaces a code by another one. */
const as = (name: string, code: number, other: number, kills: readonly string[]): Mutant =>
  ({ name, kills, answer: rewriteApi(text => text.replace(`<error code="${code}"`, `<error code="${other}"`)) })

const isGiven = (query: URLSearchParams, name: string): boolean => (query.get(name) ?? '') !== ''

export const codeMutants: readonly Mutant[] = [
  { name: 'texts of our own', kills: all(1, 33).filter(code => code !== 27).map(code => `codes/${code}`), answer: rewriteApi(text => text.replace(/(<error code="\d+" text=")/, '$1Oh. ')) },
  as('maintenance is told late', 15, 1, ['order/maintenance-first', 'codes/15']),
  as('no method is an unknown one', 1, 2, ['order/no-method-before-all', 'codes/1']),
  as('sessions are looked at last', 7, 4, ['order/session-before-parameters']),
  as('HTTPS is looked at last', 17, 4, ['order/https-after-session', 'codes/17']),
  as('bad addresses are invalid', 24, 16, ['order/email-beats-16', 'codes/24']),
  as('links to elsewhere are invalid', 26, 16, ['order/link-beats-16', 'codes/26']),
  { name: 'versions before keys', kills: ['order/key-before-version'], answer: rewriteApi((text, { query }) => query.get('api_version') === '9.9' ? text.replace('code="18"', 'code="5"') : text) },
  { name: 'the last wrong parameter is told', kills: ['order/parameters-in-order'], answer: rewriteApi(text => text.replace('info="time_limit"', 'info="downloads_limit"')) },
  { name: 'a hundred ids are looked at first', kills: ['order/hundred-ids'], answer: rewriteApi((text, { query }) => query.get('file_id')?.startsWith('http') === true ? text.replace('code="21"', 'code="26"') : text) },
  { name: 'NUL is a fault of the server', kills: METHODS.map(({ name }) => `${name}/hostile`), request: ({ path, method, body }) => path === '/rest/' && method === 'POST' && body.includes('%00') ? answerOf('x', 13) : undefined },
  // Single faults are reported correctly; of two faults that of the method is reported.
  { name: 'an unknown method beats all else', kills: METHODS.map(({ name }) => `${name}/order`), answer: rewriteApi((text, { query }) => isUnknown(query) ? text.replace(/code="15"/, 'code="2"') : text) }
]

const isUnknown = (query: URLSearchParams): boolean => query.get('method') === 'no.such' && [...query.keys()].some(name => name !== 'method' && isGiven(query, name))
