/** The source of a part of the protocol. A method declares it; its parameters and elements inherit it unless they declare another. */

export const SOURCES = {
  guide: 'The published developer guide says it.',
  observed: 'Seen in a recorded answer of the original service, or needed by a program that worked with it.',
  choice: 'Both are silent: this server\'s choice.'
} as const

export type Source = keyof typeof SOURCES

export interface Sourced {
  readonly source?: Source
}

/** Marks parts that are not in the guide but in clients. */
export const observed = <T extends Sourced>(part: T): T => ({ ...part, source: 'observed' })

/** Marks parts that only this server has. */
export const ours = <T extends Sourced>(part: T): T => ({ ...part, source: 'choice' })
