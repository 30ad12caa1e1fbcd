/** The progress of an upload, as its progress_url reports it. */
import { textOf as bodyOf, type Exchange } from '../client/exchange.ts'
import type { Stage } from '../run/stage.ts'
import { until } from '../client/until.ts'
import { childOf, parseXml, type XmlElement } from '../client/xml.ts'

export interface Progress {
  readonly exchange: Exchange
  /** '' when it is not a progress document. */
  readonly status: string
  /** NaN when missing or not a number. */
  readonly uploaded: number
  readonly total: number
  readonly meter: number
  /** Kilobits a second. */
  readonly speed: number
  readonly eta: string
  readonly elapsed: string
}

export async function seeProgress (stage: Stage, url: string, method = 'GET'): Promise<Progress> {
  const exchange = await stage.send({ url, method })
  let root: XmlElement | undefined
  try {
    root = parseXml(bodyOf(exchange))
  } catch {
    root = undefined
  }
  const text = (name: string): string => root?.name === 'progress' ? childOf(root, name)?.text ?? '' : ''
  const number = (name: string): number => /^\d+$/.test(text(name)) ? Number(text(name)) : Number.NaN
  return {
    exchange, status: text('status'), uploaded: number('uploaded_bytes'), total: number('total_size'), meter: number('meter'), speed: number('speed'), eta: text('eta'), elapsed: text('elapsed')
  }
}

/** Milliseconds within which sent bytes must be reported. */
const PATIENCE = 10_000

export const progressUntil = (stage: Stage, url: string, isWanted: (progress: Progress) => boolean): Promise<Progress> =>
  until(() => seeProgress(stage, url), isWanted, PATIENCE)

/** A one-line summary for a report. */
export const told = ({ status, uploaded, total, meter }: Progress): string => `${status === '' ? 'no progress' : status}, ${uploaded} of ${total} bytes, meter ${meter}`

export const isZero = ({ uploaded, total, meter, speed }: Progress): boolean => uploaded === 0 && total === 0 && meter === 0 && speed === 0
