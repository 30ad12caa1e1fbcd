/** Downloads that a nginx was given to send and could not: it gives them back by what it got with them. */
import type { Ports } from '../../ports.ts'
import { uncountDownload } from '../../store/files/file-limits.ts'
import { addTraffic } from '../../store/operations/traffic.ts'
import type { Download } from '../../transfer/download-quota.ts'

/** A download as it was counted when it was handed over. */
export interface HandedOver {
  readonly fileId: string
  /** Of the link, which pays. */
  readonly userId: number | null
  readonly payerId: number | null
  readonly length: number
  readonly counts: boolean
  readonly startedAt: number
}

const PURPOSE = 'handed over'
/** Milliseconds. A nginx finds out at once. */
const LIFETIME = 60_000
const MAX_REMEMBERED = 10_000

/** The header that says how to give a download back; nginx passes it on to nobody. */
export const HAND_BACK_HEADER = 'x-hand-back'

export function writeHandOver ({ vault }: Pick<Ports, 'vault'>, { file, payerId, length, counts, startedAt }: Download, userId: number | null): string {
  const handedOver: HandedOver = { fileId: file.id, userId, payerId, length, counts, startedAt }
  return vault.seal(JSON.stringify(handedOver), PURPOSE)
}

export interface HandBacks {
  /** Takes back what was counted for it; undefined for what is none, too old, or was given back before. */
  accept (text: string): Promise<HandedOver | undefined>
}

export function createHandBacks ({ sql, clock, vault, counts: downloadCounts }: Pick<Ports, 'sql' | 'clock' | 'vault' | 'counts'>): HandBacks {
  /** Until when each counts. */
  const accepted = new Map<string, number>()

  return {
    async accept (text) {
      const handedOver = read(text)
      const now = clock.now()
      for (const [known, end] of accepted) if (end <= now) accepted.delete(known)
      if (handedOver === undefined || accepted.has(text) || handedOver.startedAt + LIFETIME <= now || accepted.size >= MAX_REMEMBERED) return undefined
      accepted.set(text, handedOver.startedAt + LIFETIME)
      const { fileId, payerId, length, counts, startedAt } = handedOver
      if (payerId !== null && length > 0) await addTraffic(sql, payerId, -length, startedAt)
      await downloadCounts.flush()
      if (counts) await uncountDownload(sql, fileId)
      return handedOver
    }
  }

  function read (text: string): HandedOver | undefined {
    try {
      return JSON.parse(vault.open(text, PURPOSE)) as HandedOver
    } catch {
      return undefined
    }
  }
}
