/** Which checks a run judges, by the source of a statement. */
import type { Source } from '../api/provenance.ts'

/** `guide`: what the guide says. `observed`: also what published clients need. `respace`: also our choices. */
export const PROFILES = { guide: ['guide'], observed: ['guide', 'observed'], respace: ['guide', 'observed', 'choice'] } as const satisfies Readonly<Record<string, readonly Source[]>>
export type Profile = keyof typeof PROFILES

export const isProfile = (name: string): name is Profile => name in PROFILES
