/** A user of the target in one version, with a separate folder for this run. */
import type { ApiVersion } from '../../domain/version.ts'
import { Untested } from '../check-problems.ts'
import { textOf as bodyOf, type Exchange } from '../client/exchange.ts'
import { fieldPart, filePart, formBody, type Part } from '../client/multipart-form.ts'
import type { Reply } from '../client/reply.ts'
import type { Account } from '../target/target-file.ts'
import { attributeOf, requireOk, type Params, type RunContext } from './run-context.ts'

export interface Ticket {
  readonly url: string
  readonly progressUrl: string
  readonly id: string
  readonly maxFileSize: number
  readonly proof: string
}

export interface NewFile {
  readonly name?: string
  readonly bytes?: Buffer | string
  /** Form fields in addition to those of the ticket. */
  readonly fields?: Readonly<Record<string, string>>
}

export interface Actor {
  readonly account: Account
  readonly version: ApiVersion
  readonly key: string
  /** A call with the session key; undefined in `params` leaves it out. */
  call (method: string, params?: Params): Promise<Reply>
  ticket (): Promise<Ticket>
  upload (file: NewFile): Promise<Exchange>
  /** Uploads a file and returns its id. Throws Untested when that fails. */
  file (file?: NewFile): Promise<string>
  /** The folder of this run. */
  home (): Promise<string>
  /** Creates a folder in it. */
  folder (params?: Params): Promise<string>
  /** Creates a contact; returns its address. */
  contact (params?: Params): Promise<string>
}

export function createActor (context: RunContext, account: Account, version: ApiVersion, key: string, check: string): Actor {
  let made: Promise<string> | undefined
  const call = (method: string, params: Params = {}): Promise<Reply> => context.call(method, { session_key: key, ...params }, check)

  async function create (name: string, parent: string, params: Params = {}): Promise<string> {
    return attributeOf(requireOk('folders.create', await call('folders.create', { name, parent_folder_id: parent, ...params })), 'folder', 'id')
  }

  function home (): Promise<string> {
    made ??= create(`respace-check ${context.run}`, '0')
    return made
  }

  async function ticket (): Promise<Ticket> {
    return readTicket(requireOk('upload.getInfo', await call('upload.getInfo')))
  }

  async function upload ({ name = 'check.bin', bytes = 'respace check', fields = {} }: NewFile): Promise<Exchange> {
    const exchange = await sendForm(context, await ticket(), { name, bytes, fields: { folder_id: await home(), ...fields } }, check)
    for (const id of idsOf(bodyOf(exchange))) await context.ledger.note({ kind: 'file', id, key })
    return exchange
  }

  return {
    account,
    version,
    key,
    call,
    ticket,
    upload,
    home,
    async file (file = {}) {
      const exchange = await upload(file)
      const [id] = idsOf(bodyOf(exchange))
      if (id === undefined) throw new Untested('an upload is needed first, and failed', [exchange])
      return id
    },
    folder: async (params = {}) => create('check', await home(), params),
    async contact (params = {}) {
      const email = params.email ?? `${Math.random().toString(36).slice(2, 10)}.${context.run}@example.org`
      requireOk('addressbook.add', await call('addressbook.add', { ...params, email }))
      return email
    }
  }
}

/** The fields that the guide puts before the file. */
export const ticketParts = ({ maxFileSize, id, proof }: Pick<Ticket, 'maxFileSize' | 'id' | 'proof'>): readonly Part[] =>
  [fieldPart('MAX_FILE_SIZE', String(maxFileSize)), fieldPart('UPLOAD_IDENTIFIER', id), fieldPart('extra_info', proof)]

/** The ids in the answer to an upload into an account. */
export const idsOf = (answer: string): readonly string[] => [...answer.matchAll(/^file_id=(\w+)$/gm)].map(([, id = '']) => id)

/** Sends the form of the guide, with the fields in its order. */
export function sendForm (context: RunContext, ticket: Pick<Ticket, 'url' | 'id' | 'maxFileSize' | 'proof'>, { name = 'check.bin', bytes = '', fields = {} }: NewFile, check: string): Promise<Exchange> {
  const boundary = `----check${context.run}`
  const parts = [
    ...ticketParts(ticket),
    ...Object.entries(fields).map(([field, value]) => fieldPart(field, value)), filePart(name, bytes)
  ]
  return context.send({
    method: 'POST', url: ticket.url, headers: [['content-type', `multipart/form-data; boundary=${boundary}`]], body: formBody(boundary, parts)
  }, check)
}

/** From the answer of upload.getInfo or anonymous.uploadGetInfo. */
export function readTicket (reply: Reply): Ticket {
  const read = (name: string): string => attributeOf(reply, 'upload', name)
  return { url: read('url'), progressUrl: read('progress_url'), id: read('upload_identifier'), maxFileSize: Number(read('max_file_size')), proof: read('extra_info') }
}
