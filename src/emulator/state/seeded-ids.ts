import { createHash } from 'node:crypto'
import type { Ids } from '../../ports.ts'
import { described, someText } from '../../settings/document.ts'

/** Ids that tests make repeatable: keys and ids are drawn in the same order again. Bytes stay random, since nonces must never repeat. */
export interface SeedableIds extends Ids {
  /** Restarts the sequence of a seed; undefined makes ids random. */
  seed (seed: IdSeed | undefined): void
  /** The position in the sequence, for `resume`. */
  state (): IdState
  resume (state: IdState): void
}

export type IdSeed = number | string

/** A number or a text. */
export const readIdSeed = described<IdSeed>({ type: ['string', 'number'] }, (value, at) => typeof value === 'number' ? value : someText(value, at))

export interface IdState {
  readonly seed: IdSeed | undefined
  /** How many were drawn. */
  readonly given: number
}

/** Servers of different names never draw the same ids, so that each id leads to one of them. */
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
