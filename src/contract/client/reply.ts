/** The answer to a call of the API. */
import { textOf, type Exchange } from './exchange.ts'
import { childOf, parseXml, type XmlElement } from './xml.ts'

export interface Reply {
  readonly exchange: Exchange
  /** The `<result>`; undefined when there is none. */
  readonly result: XmlElement | undefined
  /** 0 for a success, the code of a failure, -1 for anything else. */
  readonly code: number
  /** The error of a failure, or of the part of a call that failed. */
  readonly error: XmlElement | undefined
  /** Why it is not an answer of the API. */
  readonly problem: string | undefined
}

export function readReply (exchange: Exchange): Reply {
  const unread = (problem: string): Reply => ({ exchange, result: undefined, code: -1, error: undefined, problem })
  if (exchange.answer === undefined) return unread(exchange.problem ?? 'no answer')
  if (exchange.problem !== undefined) return unread(exchange.problem)
  let root: XmlElement
  try {
    root = parseXml(textOf(exchange))
  } catch (error) {
    return unread(`no well-formed XML: ${error instanceof Error ? error.message.trim() : String(error)}`)
  }
  if (root.name !== 'result') return unread(`<${root.name}> instead of <result>`)
  const error = childOf(root, 'error')
  const { status } = root.attributes
  if (status === 'ok') return { exchange, result: root, code: 0, error, problem: undefined }
  const code = Number(error?.attributes.code)
  if (status !== 'fail' || !Number.isInteger(code)) return { exchange, result: root, code: -1, error, problem: `status="${status ?? ''}" without an error code` }
  return { exchange, result: root, code, error, problem: undefined }
}

/** A one-line summary for a report. */
export function summaryOf ({ code, error, problem, exchange }: Reply): string {
  if (problem !== undefined) return exchange.answer === undefined ? problem : `HTTP ${exchange.answer.status}: ${problem}`
  return code === 0 ? 'status ok' : `error ${code} ${error?.attributes.text ?? ''}`.trim() + (error?.attributes.info === undefined ? '' : ` (${error.attributes.info})`)
}
