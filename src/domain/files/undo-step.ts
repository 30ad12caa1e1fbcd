/** What takes back a move or a new name: it is sealed into the page that says what was done, and nowhere else. */
import type { Vault } from '../vault.ts'

export interface UndoStep {
  readonly ownerId: number
  /** Unix milliseconds. */
  readonly doneAt: number
  readonly items: readonly UndoItem[]
}

/** One file or folder. It is taken back only while it is as the step left it. */
export interface UndoItem {
  readonly kind: 'file' | 'folder'
  readonly id: string
  /** The folder around it, or its name. */
  readonly field: 'parent' | 'name'
  readonly before: string
  readonly after: string
}

const PURPOSE = 'undo'
/** Milliseconds. */
const LIFETIME = 60 * 60 * 1000
/** It is part of an address, of which web servers take eight thousand bytes. */
const LONGEST = 6000

/** The sealed step; '' when there is nothing to take back, or too much for an address. */
export function sealUndo (vault: Vault, { ownerId, doneAt, items }: UndoStep): string {
  const changed = items.filter(({ before, after }) => before !== after)
  if (changed.length === 0) return ''
  // Items of one step end at the same place, and mostly begin at one: each place is written once.
  const groups = new Map<string, Map<string, string>>()
  for (const { kind, id, field, before, after } of changed) {
    const key = JSON.stringify([kind, field, after])
    const ids = groups.get(key) ?? new Map<string, string>()
    groups.set(key, ids.set(before, (ids.get(before) ?? '') + id))
  }
  const sealed = vault.seal(JSON.stringify([ownerId, doneAt, [...groups].map(([key, ids]) => [...JSON.parse(key) as string[], [...ids]])]), PURPOSE)
  return sealed.length <= LONGEST ? sealed : ''
}

const ID_LENGTH = 6

/** undefined for what we did not seal for this user, or an hour ago. */
export function openUndo (vault: Vault, sealed: string, ownerId: number, now: number): UndoStep | undefined {
  if (sealed === '' || sealed.length > LONGEST) return undefined
  const text = openOrNot(vault, sealed)
  if (text === undefined) return undefined
  const [owner, doneAt, groups] = JSON.parse(text) as [number, number, ReadonlyArray<readonly [UndoItem['kind'], UndoItem['field'], string, ReadonlyArray<readonly [string, string]>]>]
  if (owner !== ownerId || now > doneAt + LIFETIME) return undefined
  const items = groups.flatMap(([kind, field, after, places]) => places.flatMap(([before, ids]) =>
    [...Array(ids.length / ID_LENGTH).keys()].map(i => ({ kind, id: ids.slice(i * ID_LENGTH, (i + 1) * ID_LENGTH), field, before, after }))))
  return { ownerId, doneAt, items }
}

function openOrNot (vault: Vault, sealed: string): string | undefined {
  try {
    return vault.open(sealed, PURPOSE)
  } catch {
    return undefined
  }
}
