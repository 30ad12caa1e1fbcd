/** The source of a part of the protocol. A method declares it; its parameters and elements inherit it unless they declare another. */

export const SOURCES = {
  guide: 'From the published developer guide.',
  observed: 'Seen in a recorded answer of the original service, or needed by a program that worked with it.',
  choice: 'This server\'s choice, where both say nothing.'
} as const

export type Source = keyof typeof SOURCES

export interface Sourced {
  readonly source?: Source
}

/** Marks parts that are not in the guide but in clients. */
export const observed = <T extends Sourced>(part: T): T => ({ ...part, source: 'observed' })

/** Marks parts that only this server has. */
export const ours = <T extends Sourced>(part: T): T => ({ ...part, source: 'choice' })
