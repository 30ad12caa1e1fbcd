/** Calls in forms that `stage.call` does not support: other verbs and bodies, hand-written queries, sockets. */
import { Untested } from '../check-problems.ts'
import type { Exchange, Header, Outgoing } from '../client/exchange.ts'
import { fieldPart, formBody } from '../client/multipart-form.ts'
import type { RawAnswer } from '../client/raw-socket.ts'
import { readReply, type Reply } from '../client/reply.ts'
import type { Stage } from '../run/stage.ts'
import { childOf } from '../client/xml.ts'

export type Fields = Readonly<Record<string, string>>

/** The smallest call that succeeds without an account. */
export const tokenCall = ({ context: { target }, version }: Stage): Record<'method' | 'api_key' | 'api_version', string> =>
  ({ method: 'auth.createToken', api_key: target.apiKey, api_version: version })

export const isToken = ({ code, result }: Reply): boolean => code === 0 && (childOf(result, 'token')?.text ?? '') !== ''

/** The endpoint with a query, encoded unless it is given as a string. */
export const restUrl = ({ context: { target } }: Stage, query: Fields | string): string =>
  `${target.rest}?${typeof query === 'string' ? query : String(new URLSearchParams(query))}`

export const sendCall = async (stage: Stage, outgoing: Outgoing): Promise<Reply> => readReply(await stage.send(outgoing))

export const urlencoded = (fields: Fields | string): Pick<Outgoing, 'headers' | 'body'> =>
  ({ headers: [['content-type', 'application/x-www-form-urlencoded']], body: Buffer.from(typeof fields === 'string' ? fields : String(new URLSearchParams(fields))) })

export const multipart = (fields: ReadonlyArray<readonly [name: string, value: string]>): Pick<Outgoing, 'headers' | 'body'> =>
  ({ headers: [['content-type', 'multipart/form-data; boundary=----respace-check']], body: formBody('----respace-check', fields.map(([name, value]) => fieldPart(name, value))) })

/** What was sent and received on a separate socket, as evidence. */
export function exchangeOf (url: string, sent: Buffer | string, answer: RawAnswer | undefined): Exchange {
  const lines = answer?.head.split('\r\n').slice(1) ?? []
  const headers = lines.map((line): Header => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()])
  const bytes = Buffer.from(sent)
  const [method = ''] = bytes.toString('latin1').split(' ', 1)
  return {
    request: { method, url, headers: [], body: bytes },
    answer: answer && { status: answer.status, headers, body: answer.body },
    problem: answer === undefined ? 'no answer' : undefined,
    milliseconds: 0
  }
}

/** Creates a folder in the folder of the run with a hand-written query; returns the name that is read back. Throws Untested when that fails. */
export async function nameOfFolder (stage: Stage, create: (query: string) => Promise<Reply>, writtenName: string): Promise<readonly [name: string | undefined, create: Reply]> {
  const actor = await stage.main()
  const reply = await create(`method=folders.create&session_key=${actor.key}&parent_folder_id=${await actor.home()}&name=${writtenName}`)
  const id = childOf(reply.result, 'folder')?.attributes.id
  if (id === undefined) return [undefined, reply]
  await stage.context.ledger.note({ kind: 'folder', id, key: actor.key })
  const read = await actor.call('folders.getInfo', { folder_id: id })
  if (read.code !== 0) throw new Untested('folders.getInfo is needed to read the name', [read.exchange])
  return [childOf(read.result, 'folder')?.attributes.name, reply]
}
