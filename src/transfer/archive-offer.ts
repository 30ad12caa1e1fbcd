/** What a request for an archive gets, with the shares of download limits that it needs. */
import { hasReachedLimit } from '../domain/files/file-limit.ts'
import type { Ports } from '../ports.ts'
import { chooseAsIn, planArchive, type ArchivePlan, type Choose } from './archive-plan.ts'
import { ONE_PLACE, type ArchiveShares } from './archive-shares.ts'
import type { ArchiveSource } from './archive-tree.ts'
import { attachmentOf, planBytes, type Asked, type Delivery } from './serve.ts'

export interface ArchiveOffer {
  readonly plan: ArchivePlan
  readonly delivery: Delivery
}

/** Milliseconds. A folder whose list takes longer to read is sent without a length. */
const LONGEST_PLANNING = 10_000

interface Wanted {
  readonly source: ArchiveSource
  readonly asked: Asked
  /** The name of the file that is saved. */
  readonly name: string
  /** Whether its reader is still there. */
  readonly isWanted: () => boolean
}

/**
 * Takes the shares for a GET. Undefined when nobody can say beforehand what the archive will be: then none are taken. 'later' when downloads that
 * still run, often the one that broke off, hold what the rest of an archive needs.
 */
export async function offerArchive ({ source, asked, name, isWanted }: Wanted, shares: ArchiveShares, ports: Ports): Promise<ArchiveOffer | 'later' | undefined> {
  const deadline = ports.clock.now() + LONGEST_PLANNING
  const planWith = (choose: Choose) => planArchive(source, { choose, deadline, isWanted }, ports)
  return await resume() ?? begin()

  /**
   * More of an archive that the client knows. It has the same files, also one whose last download is what the client has of it already: its bytes
   * cannot be had again, those behind it can.
   */
  async function resume (): Promise<ArchiveOffer | 'later' | undefined> {
    const { 'if-range': ifRange, 'if-match': ifMatch } = asked.headers
    const known = ifRange ?? ifMatch
    const choose = typeof known === 'string' ? chooseAsIn(known.trim()) : undefined
    const plan = choose && await planWith(choose)
    if (plan === undefined || plan.etag !== String(known).trim()) return undefined
    const offer = { plan, delivery: deliver(plan, asked) }
    if (asked.method !== 'GET' || offer.delivery.range === undefined) return offer
    const taken = await shares.takeAll(plan.limited, offer.delivery.range)
    return taken === 'taken' ? offer : taken === 'running' ? 'later' : undefined
  }

  async function begin (): Promise<ArchiveOffer | undefined> {
    const plan = await planWith(asked.method === 'GET' ? takePlace : file => !hasReachedLimit(file, ports.clock.now()))
    // Who does not say of which archive it has the beginning would be given the end of another one, since each download changes what is left.
    const delivery = plan && deliver(plan, plan.hasLimits ? { ...asked, headers: { ...asked.headers, range: undefined } } : asked)
    if (delivery?.range === undefined) await shares.releaseAll()
    return plan && delivery && { plan, delivery }
  }

  function takePlace ({ id }: { readonly id: string }): Promise<boolean> {
    return shares.take(id, ONE_PLACE)
  }

  function deliver ({ etag, length }: ArchivePlan, asked: Asked): Delivery {
    const { 'content-disposition': disposition = '', ...always } = attachmentOf(name)
    // An archive has no time of its last change: NaN is not before and not after any.
    return planBytes({ validator: { etag, changedAt: NaN }, size: length, always, withBytes: { 'content-type': 'application/zip', 'content-disposition': disposition } }, asked)
  }
}
