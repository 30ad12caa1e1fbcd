/** Answers as broken servers and middle boxes give them. */
import { textElement, XML_DECLARATION } from '../../xml.ts'
import type { WholeAnswer } from '../traffic/response-interceptor.ts'
import type { ProgressLie, XmlDamage } from './fault-answer.ts'

/** The same answer, damaged; `bad-length` is for who sends it. */
export function damage (answer: WholeAnswer, kind: XmlDamage, atByte: number | undefined): WholeAnswer {
  return { ...answer, body: damageBody(answer.body, kind, atByte) }
}

function damageBody (body: Buffer, kind: XmlDamage, atByte: number | undefined): Buffer {
  switch (kind) {
    case 'truncate': return body.subarray(0, atByte ?? Math.floor(body.length / 2))
    case 'empty': return Buffer.alloc(0)
    // An element that is never closed, before the last end tag or, in answers of lines, at the end.
    case 'invalid': return Buffer.from(beforeLastTag(body.toString('utf8'), '\t<unclosed & broken>\n'))
    // Header and declaration go on saying UTF-8.
    case 'wrong-charset': return Buffer.from(body.toString('utf8'), 'utf16le')
    case 'bad-length': return body
  }
}

function beforeLastTag (text: string, more: string): string {
  const content = text.trimEnd()
  const tag = content.endsWith('>') ? content.lastIndexOf('</') : -1
  const at = tag !== -1 && /^<\/\w+>$/.test(content.slice(tag)) ? tag : content.length
  return text.slice(0, at) + more + text.slice(at)
}

/** A progress answer that says something else; `poll` counts the answers that the rule has changed before. */
export function lieOfProgress (answer: WholeAnswer, lie: Partial<ProgressLie>, poll: number): WholeAnswer {
  const values = new Map([...answer.body.toString('utf8').matchAll(/<(\w+)>([^<]*)<\//g)].map(([, name = '', value = '']) => [name, value]))
  const step = lie.script?.[Math.min(poll, lie.script.length - 1)]
  const says = step ?? (lie.status !== undefined ? { status: lie.status } : {})
  const meter = Number(values.get('meter'))

  function setMeter (percent: number): void {
    values.set('meter', String(percent))
    values.set('uploaded_bytes', String(Math.floor(Number(values.get('total_size')) * percent / 100)))
  }

  if (lie.never === true) {
    for (const [name, value] of values) values.set(name, name === 'status' ? 'ok' : value.includes(':') ? '00:00:00' : '0')
  }
  if (lie.freezeAt !== undefined && meter > lie.freezeAt && values.get('status') !== 'fail') {
    values.set('status', 'ok').set('speed', '0')
    setMeter(lie.freezeAt)
  }
  if (says.status !== undefined) values.set('status', says.status)
  // 100 only when it is done.
  const wanted = ('meter' in says ? says.meter : undefined) ?? (says.status === 'done' ? 100 : says.status === 'ok' ? Math.min(meter, 99) : undefined)
  if (wanted !== undefined) setMeter(wanted)
  const elements = [...values].map(([name, value]) => textElement(name, value)).join('')
  return { ...answer, body: Buffer.from(`${XML_DECLARATION}<progress>\n${elements}</progress>\n`) }
}
