/** Responses as broken servers and middleboxes send them. */
import { textElement, XML_DECLARATION } from '../../xml.ts'
import type { BufferedResponse } from '../traffic/response-interceptor.ts'
import type { ProgressOverride, XmlCorruption } from './fault-answer.ts'

/** The corrupted response; `bad-length` is applied when it is sent. */
export function corruptResponse (answer: BufferedResponse, kind: XmlCorruption, atByte: number | undefined): BufferedResponse {
  return { ...answer, body: corruptBody(answer.body, kind, atByte) }
}

function corruptBody (body: Buffer, kind: XmlCorruption, atByte: number | undefined): Buffer {
  switch (kind) {
    case 'truncate': return body.subarray(0, atByte ?? Math.floor(body.length / 2))
    case 'empty': return Buffer.alloc(0)
    // An element that is never closed, before the last end tag, or at the end of a text answer.
    case 'invalid': return Buffer.from(insertBeforeLastTag(body.toString('utf8'), '\t<unclosed & broken>\n'))
    // The header and the XML declaration still say UTF-8.
    case 'wrong-charset': return Buffer.from(body.toString('utf8'), 'utf16le')
    case 'bad-length': return body
  }
}

function insertBeforeLastTag (text: string, more: string): string {
  const content = text.trimEnd()
  const tag = content.endsWith('>') ? content.lastIndexOf('</') : -1
  const at = tag !== -1 && /^<\/\w+>$/.test(content.slice(tag)) ? tag : content.length
  return text.slice(0, at) + more + text.slice(at)
}

/** A progress answer with other values; `poll` is the number of earlier answers that the rule has changed. */
export function falsifyProgress (answer: BufferedResponse, override: Partial<ProgressOverride>, poll: number): BufferedResponse {
  const values = new Map([...answer.body.toString('utf8').matchAll(/<(\w+)>([^<]*)<\//g)].map(([, name = '', value = '']) => [name, value]))
  const step = override.script?.[Math.min(poll, override.script.length - 1)]
  const shown = step ?? (override.status !== undefined ? { status: override.status } : {})
  const meter = Number(values.get('meter'))

  function setMeter (percent: number): void {
    values.set('meter', String(percent))
    values.set('uploaded_bytes', String(Math.floor(Number(values.get('total_size')) * percent / 100)))
  }

  if (override.never === true) {
    for (const [name, value] of values) values.set(name, name === 'status' ? 'ok' : value.includes(':') ? '00:00:00' : '0')
  }
  if (override.freezeAt !== undefined && meter > override.freezeAt && values.get('status') !== 'fail') {
    values.set('status', 'ok').set('speed', '0')
    setMeter(override.freezeAt)
  }
  if (shown.status !== undefined) values.set('status', shown.status)
  // 100 only when the upload is done.
  const wanted = ('meter' in shown ? shown.meter : undefined) ?? (shown.status === 'done' ? 100 : shown.status === 'ok' ? Math.min(meter, 99) : undefined)
  if (wanted !== undefined) setMeter(wanted)
  const elements = [...values].map(([name, value]) => textElement(name, value)).join('')
  return { ...answer, body: Buffer.from(`${XML_DECLARATION}<progress>\n${elements}</progress>\n`) }
}
