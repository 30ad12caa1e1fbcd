import { createHash } from 'node:crypto'
import type { Ids } from '../../ports.ts'
import { described, someText } from '../../settings/document.ts'

/** Chance that tests make repeatable: keys and ids come in the same order again. Bytes stay chance, on them rests what must never repeat. */
export interface SeedableIds extends Ids {
  /** The same ids as after any other call with this seed; undefined for chance. */
  seed (seed: IdSeed | undefined): void
  /** To go on from here later. */
  state (): IdState
  resume (state: IdState): void
}

export type IdSeed = number | string

/** A number or a text. */
export const readIdSeed = described<IdSeed>({ type: ['string', 'number'] }, (value, at) => typeof value === 'number' ? value : someText(value, at))

export interface IdState {
  readonly seed: IdSeed | undefined
  /** How many were given. */
  readonly given: number
}

/** Two servers of different names never give the same ids, so that each id leads to one of them. */
export function seedableIds (chance: Ids, name: string): SeedableIds {
  let state: IdState = { seed: undefined, given: 0 }

  return {
    bytes: chance.bytes,
    text (alphabet, length) {
      if (state.seed === undefined) return chance.text(alphabet, length)
      const { seed, given } = state
      state = { seed, given: given + 1 }
      const digest = createHash('sha512').update(`${name}\0${seed}\0${given}`).digest()
      return Array.from({ length }, (_, i) => alphabet[(digest[i] ?? 0) % alphabet.length]).join('')
    },
    seed (seed) {
      state = { seed, given: 0 }
    },
    state: () => state,
    resume (wanted) {
      state = wanted
    }
  }
}
