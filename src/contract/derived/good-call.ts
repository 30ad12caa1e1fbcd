/** The parameters of a valid call: the control that shows that a refusal has the one reason it is judged for. */
import type { MethodDescription, ParameterDescription } from '../../api/contract-format.ts'
import type { Actor } from '../run/actor.ts'
import { Untested } from '../check-problems.ts'
import type { Stage } from '../run/stage.ts'
import { tokenedPassword, type Params } from '../run/run-context.ts'

/** Things that valid values refer to; they are reused, unless the method consumes them. */
export interface Props {
  readonly file: () => Promise<string>
  readonly folder: () => Promise<string>
  readonly contact: () => Promise<string>
}

/** Things shared by all checks of a version. */
export function createProps (stage: Stage): Props {
  const known = new Map<string, Promise<string>>()
  const once = (name: string, make: (actor: Actor) => Promise<string>) => (): Promise<string> => {
    const made = known.get(name) ?? stage.main().then(make)
    known.set(name, made)
    return made
  }
  return {
    file: once('file', actor => actor.file()),
    // With a file in it, so that each element of an answer is present.
    folder: once('folder', async actor => {
      const folder = await actor.folder({ shared: '1' })
      await actor.folder({ parent_folder_id: folder, shared: '1' })
      await actor.file({ fields: { folder_id: folder } })
      return folder
    }),
    contact: once('contact', actor => actor.contact())
  }
}

/** Each call of these methods needs new things. */
const USES_UP: ReadonlySet<string> = new Set(['files.delete', 'folders.delete', 'addressbook.delete'])

/** All mandatory parameters of a method, with values that it accepts now. Throws Untested when they cannot be had. */
export async function goodCall (method: MethodDescription, stage: Stage, props: Props): Promise<Params> {
  const { version, context: { target } } = stage
  const { name, auth, parameters } = method
  const used = USES_UP.has(name)
  const mine = used
    ? { file: async () => (await stage.main()).file(), folder: async () => (await stage.main()).folder(), contact: async () => (await stage.main()).contact() }
    : props
  // A list is judged when it is not empty.
  if (name === 'addressbook.list') await props.contact()
  const params: Record<string, string> = {}
  if (auth === 'session' || auth === 'known session') {
    params.session_key = (name === 'auth.logout' ? await stage.ownSession() : await stage.main()).key
  }
  for (const { name: param, isMandatory } of parameters) {
    if (!isMandatory || param === 'session_key') continue
    params[param] = await valueOf(param)
  }
  return params

  async function valueOf (param: string): Promise<string> {
    switch (param) {
      case 'api_key': return target.apiKey
      case 'api_version': return version
      case 'token': return stage.context.newToken(version)
      case 'tokened_password': return tokenedPassword(params.token ?? '', (await mainAccount()).password)
      case 'user_name': return name === 'auth.register' ? newName() : (await mainAccount()).user
      case 'full_name': return 'Contract Check'
      case 'email': return name === 'auth.register' || name === 'addressbook.add' ? `${newName()}@example.org` : mine.contact()
      case 'file_id': return mine.file()
      case 'folder_id': return name === 'files.moveToFolder' ? (await stage.main()).home() : mine.folder()
      case 'parent_folder_id': return (await stage.main()).home()
      case 'name': return 'check'
      case 'sender_email': return 'check@example.org'
      case 'emails': return stage.context.recipient()
      default: throw new Error(`say here what a good ${param} is`)
    }
  }

  async function mainAccount () {
    const { main } = target.accounts
    if (main === undefined) throw new Untested('there is no account main in the target file')
    return main
  }

  function newName (): string {
    if (name === 'auth.register' && !target.features.register) throw new Untested('the target file does not allow new accounts (register: yes)')
    return `c${stage.context.run}${Math.random().toString(36).slice(2, 8)}`
  }
}

/** A value that an optional parameter accepts. */
export async function goodValue ({ name, kind }: ParameterDescription, stage: Stage): Promise<string> {
  if (kind === 'folderReference') return (await stage.main()).home()
  return { time_limit: '86400', downloads_limit: '10', limit_action: '1', response_format: 'xml', api_version: stage.version }[name] ?? (/^(?:wholeNumber|flag|oneOf)/.test(kind) ? '0' : 'check')
}
