/** An exchange as text for people: the request as a curl line, and both sides with secrets replaced. */
import type { Exchange } from '../client/exchange.ts'

/** Longer bodies are cut after this many characters. */
const MAX_SHOWN = 4000

export type Redact = (text: string) => string

/** Replaces the secrets of the run, also in the percent-encoded form of URLs. */
export function redactor (secrets: ReadonlyMap<string, string>): Redact {
  const words = [...secrets].filter(([secret]) => secret.length >= 4).flatMap(([secret, name]) => secret === encodeURIComponent(secret) ? [[secret, name] as const] : [[secret, name] as const, [encodeURIComponent(secret), name] as const])
  return text => words.reduce((rest, [secret, name]) => rest.replaceAll(secret, name), text)
    // Secrets that appear only in an answer: the proof of a ticket, and the key that a login of a scenario returns.
    .replace(/(extra_info=")[^"]+/g, '$1‹proof›').replace(/(<(?:session_key|token)>)[^<]+/g, '$1‹secret›')
    .replace(/((?:session_key|token|tokened_password|password)=)[^&\s"'‹]+/g, '$1‹secret›')
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** The reader has to supply a body that is binary or long. */
export function curlOf ({ request: { method, url, headers, body } }: Exchange, redact: Redact): string {
  const shown = headers.filter(([name]) => !/^(?:host|x-respace-check|content-length)$/i.test(name)).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`)
  const isText = body.length <= MAX_SHOWN && !body.toString().includes('\ufffd')
  const data = body.length === 0 ? [] : [isText ? `--data-binary $${quoted(body.toString().replaceAll('\\', '\\\\').replaceAll('\r', '\\r').replaceAll('\n', '\\n'))}` : `--data-binary @body # ${body.length} bytes`]
  return redact(['curl -i', ...method === 'GET' ? [] : [`-X ${method}`], ...shown, quoted(url), ...data].join(' '))
}

export function requestText ({ request: { method, url, headers, body } }: Exchange, redact: Redact): string {
  const { pathname, search } = new URL(url)
  return redact(`${method} ${pathname}${search}\n${headers.map(([name, value]) => `${name}: ${value}`).join('\n')}\n\n${bodyText(body)}`).trimEnd()
}

export function answerText ({ answer, problem, milliseconds }: Exchange, redact: Redact): string {
  if (answer === undefined) return `no answer: ${problem ?? ''}`
  const head = `HTTP ${answer.status} after ${Math.round(milliseconds)} ms\n${answer.headers.map(([name, value]) => `${name}: ${value}`).join('\n')}`
  return redact(`${head}\n\n${bodyText(answer.body)}${problem === undefined ? '' : `\n(${problem})`}`).trimEnd()
}

function bodyText (body: Buffer): string {
  const text = body.subarray(0, MAX_SHOWN).toString()
  const printable = text.includes('\ufffd') || text.includes('\0') ? `${body.length} bytes: ${body.subarray(0, 64).toString('hex')}…` : text
  return body.length > MAX_SHOWN ? `${printable}\n… ${body.length} bytes in all` : printable
}
