/** What a method must refuse, derived from the declaration of its parameters: one invalid value in an otherwise valid call. */
import type { MethodDescription, ParameterDescription } from '../../api/contract-format.ts'
import type { Source } from '../../api/provenance.ts'
import type { ApiVersion } from '../../domain/version.ts'
import type { Level } from '../check.ts'

export interface RefusalRule {
  /** After `method/`. */
  readonly id: string
  readonly about: string
  readonly code: number
  /** The expected attribute `info`; undefined: not checked. */
  readonly info: string | undefined
  readonly source: Source
  readonly until?: ApiVersion
  /** The parameter that is wrong. */
  readonly param: string
  /** Its value; undefined: not sent. `token` is a token that was not logged in. */
  readonly value: string | undefined | { readonly kind: 'token' }
}

export const levelOf = (source: Source): Level => source === 'choice' ? 'should' : 'must'

const UNKNOWN_KEY = '0'.repeat(32)
const UNKNOWN_ID = 'zzzzzz'
const FOREIGN_LINK = 'http://example.org/file/abc123'

const many = (count: number, item: (i: number) => string): string => Array.from({ length: count }, (_, i) => item(i)).join(',')
const MANY_IDS = many(101, i => `z${String(i).padStart(5, '0')}`)

/** All refusals of a method, in the order of its parameters. */
export function refusalsOf ({ auth, parameters }: MethodDescription): readonly RefusalRule[] {
  return parameters.flatMap(parameter => {
    if (parameter.name === 'session_key') return SESSION
    if (parameter.name === 'api_key') return KEY
    if (parameter.name === 'api_version') return auth === 'key and version' ? [VERSION_ABSENT, VERSION_UNKNOWN] : [VERSION_UNKNOWN]
    return [...missing(parameter), ...unreadable(parameter)]
  })
}

const rule = (code: number, suffix: string, param: string, value: RefusalRule['value'], about: string, source: Source, info?: string): RefusalRule =>
  ({ id: `${code}-${suffix}`, about: `${about}: error ${code}`, code, info, source, param, value })

const SESSION: readonly RefusalRule[] = [
  rule(3, 'absent', 'session_key', undefined, 'no session_key', 'guide'),
  rule(3, 'empty', 'session_key', '', 'an empty session_key', 'guide'),
  rule(6, 'unknown', 'session_key', UNKNOWN_KEY, 'a well-formed key that was never issued', 'guide'),
  rule(6, 'malformed', 'session_key', '?', '? as session_key', 'choice'),
  rule(7, 'token', 'session_key', { kind: 'token' }, 'a token that was not logged in', 'guide')
]
const KEY: readonly RefusalRule[] = [
  rule(4, 'api_key-absent', 'api_key', undefined, 'no api_key', 'guide', 'api_key'),
  rule(18, 'malformed', 'api_key', 'bad', 'an api_key that is not well-formed', 'guide')
]
const VERSION_ABSENT = rule(4, 'api_version-absent', 'api_version', undefined, 'no api_version', 'guide', 'api_version')
const VERSION_UNKNOWN = rule(5, 'unknown', 'api_version', '9.9', 'api_version=9.9', 'guide')

function missing ({ name, isMandatory, optionalSince, source }: ParameterDescription): RefusalRule[] {
  if (!isMandatory) return []
  return [
    rule(4, `${name}-absent`, name, undefined, `no ${name}`, source, name),
    rule(4, `${name}-empty`, name, '', `an empty ${name}`, 'choice', name)
  ].map(found => optionalSince === null ? found : { ...found, until: optionalSince })
}

type Template = (name: string, parameter: ParameterDescription) => RefusalRule[]

const number: Template = name => [
  rule(16, name, name, 'x', `${name}=x`, 'choice', name),
  rule(16, `${name}-fraction`, name, '1.5', `${name}=1.5`, 'choice', name),
  rule(21, `${name}-negative`, name, '-1', `${name}=-1`, 'choice', name)
]
const choice: Template = (name, parameter) => [...number(name, parameter), rule(21, `${name}-high`, name, '9', `${name}=9`, 'choice', name)]
const file: Template = name => [
  rule(16, name, name, '?', `${name}=?`, 'choice', name),
  rule(26, name, name, FOREIGN_LINK, `a link to elsewhere as ${name}`, 'guide'),
  rule(9, name, name, UNKNOWN_ID, `a ${name} that is not there`, 'guide')
]
const folder: Template = name => [
  rule(16, name, name, '?', `${name}=?`, 'choice', name),
  rule(10, name, name, UNKNOWN_ID, `a ${name} that is not there`, 'guide')
]
const hundred: Template = name => [rule(21, `${name}-101`, name, MANY_IDS, `101 ids as ${name}`, 'choice', name)]
const text: Template = (name, { isMandatory }) => isMandatory ? [] : [rule(21, `${name}-empty`, name, '', `an empty ${name}`, 'choice', name)]

/** By kind; the kit's own tests fail for a kind that is missing. */
const TEMPLATES: Readonly<Record<string, Template>> = {
  text: () => [],
  wholeNumber: number,
  flag: choice,
  oneOf01: choice,
  oneOf0123: choice,
  fileReference: file,
  fileReferences: (name, parameter) => [...file(name, parameter), ...hundred(name, parameter)],
  folderReference: folder,
  folderReferences: (name, parameter) => [...folder(name, parameter), ...hundred(name, parameter)],
  sharedFolderReference: folder,
  name: text,
  fileName: text,
  emailAddress: name => [rule(24, name, name, 'bad', `${name}=bad`, 'guide')],
  emailList: name => [
    rule(24, name, name, 'bad', `${name}=bad`, 'guide'),
    rule(21, `${name}-21`, name, many(21, i => `r${i}@example.org`), `21 addresses in ${name}`, 'choice', name)
  ],
  list: hundred
}

function unreadable (parameter: ParameterDescription): RefusalRule[] {
  const template = TEMPLATES[parameter.kind]
  if (template === undefined) throw new Error(`say here what the contract refuses in a "${parameter.kind}"`)
  return template(parameter.name, parameter)
}
