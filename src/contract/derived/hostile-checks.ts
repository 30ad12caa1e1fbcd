/** Sends values that no client should send: each parameter of each method must refuse them with a code of the contract. */
import type { MethodDescription } from '../../api/contract-format.ts'
import { declare, type Check } from '../check.ts'
import { summaryOf, type Reply } from '../client/reply.ts'
import type { Stage } from '../run/stage.ts'
import { sendCall, urlencoded } from '../steps/unusual-call.ts'
import { expectedCodes, type World } from './expected-codes.ts'
import { goodCall, type Props } from './good-call.ts'
import { bodyOf, hostileValues, type HostileValue } from './hostile-values.ts'

export const hostileCheck = ({ name, since }: MethodDescription): Check =>
  declare(`${name}/hostile`, 'should', 'choice', 'values that no client should send are refused with a code of the contract', { since })

/** A run has a limit on bytes; other checks cover larger bodies. */
const MAX_BYTES = 8 * 1024

/** Wrong passwords are counted, and a blocked account would fail all other checks. */
const GUESSES: readonly number[] = [8, 22]

/** In versions after the target's first, only one value in so many is sent: they differ little. */
const SHARE_OF_LATER = 8

const NOBODY = 'zzzzzz'

const IDENTITY: ReadonlySet<string> = new Set(['session_key', 'api_key', 'api_version'])

interface Hostile {
  readonly param: string
  readonly about: string
  readonly value: HostileValue
  readonly codes: readonly number[]
}

/** Sends only values that must be refused: others would change things, or send mails. */
export async function playHostile (method: MethodDescription, stage: Stage, props: Props): Promise<void> {
  const id = `${method.name}/hostile`
  const control = await stage.call(method.name, await goodCall(method, stage, props))
  if (control.code !== 0) {
    stage.leave(id, `the same call with valid values failed too: ${summaryOf(control)}`, [control.exchange])
    return
  }
  const good = await goodCall(method, stage, props)
  const isWhole = stage.version === stage.context.target.versions.find(version => version >= method.since)
  const all = (await hostileOf(method, stage, good)).filter((_, i) => isWhole || i % SHARE_OF_LATER === 0)
  if (all.length === 0) throw new Error(`${method.name} refuses nothing`)
  const replies = await Promise.all(all.map(({ param, value }) => sendHostile(method, stage, good, param, value)))
  const wrong = replies.findIndex((reply, i) => all[i]?.codes.includes(reply.code) !== true)
  const [found, reply] = [all[wrong], replies[wrong]]
  stage.judge(id, found === undefined, {
    expected: found === undefined ? 'a code of the contract' : `error ${found.codes.join(' or ')} for ${found.param} (${found.about})`,
    got: reply === undefined ? `${all.length} values` : summaryOf(reply),
    on: [control, reply ?? replies[0] ?? []].flat()
  })
}

async function hostileOf (method: MethodDescription, stage: Stage, good: Readonly<Record<string, string | undefined>>): Promise<readonly Hostile[]> {
  const { accounts, publicUrl, rest } = stage.context.target
  const stranger = accounts.other === undefined ? undefined : await stage.other()
  const strangers = { file: await stranger?.file() ?? NOBODY, folder: await stranger?.folder() ?? NOBODY }
  const set = (...ids: ReadonlyArray<string | undefined>): ReadonlySet<string> => new Set(ids.flatMap(each => each ?? []))
  const world: World = {
    url: publicUrl ?? new URL(rest).origin,
    files: set(good.file_id),
    folders: set(good.folder_id, good.parent_folder_id),
    moving: good.folder_id ?? '',
    target: good.parent_folder_id ?? '',
    strangersFiles: set(stranger && strangers.file),
    publicFolders: set(),
    privateFolders: set(stranger && strangers.folder)
  }
  const refused = method.parameters.flatMap(({ name: param, kind }) => {
    const [mine, other] = kind.includes('older') ? [strangers.folder, strangers.file] : [strangers.file, strangers.folder]
    return Object.entries(hostileValues({ stranger: mine, other })).flatMap(([about, value]) => {
      if (value.encoded.length > MAX_BYTES) return []
      const codes = expectedCodes({ method, version: stage.version, param, value: value.value }, world)
      return codes.some(code => code === 0 || GUESSES.includes(code)) ? [] : [{ param, about, value, codes }]
    })
  })
  // Keys are read in the same way by all methods: only methods with nothing else to refuse judge them.
  const own = refused.filter(({ param }) => !IDENTITY.has(param))
  return own.length > 0 ? own : refused
}

function sendHostile ({ name }: MethodDescription, stage: Stage, good: Readonly<Record<string, string | undefined>>, param: string, { encoded }: HostileValue): Promise<Reply> {
  const others = Object.fromEntries(Object.entries({ method: name, ...good }).flatMap(([other, value]) => other === param || value === undefined ? [] : [[other, value]]))
  return sendCall(stage, { method: 'POST', url: stage.context.target.rest, ...urlencoded(bodyOf(others, { [param]: encoded })) })
}
