/** Which checks a run judges: by where a statement is known from. */
import type { Source } from '../api/provenance.ts'

/** `guide`: what the guide says. `observed`: what published clients need besides. `respace`: our choices, too. */
export const PROFILES = { guide: ['guide'], observed: ['guide', 'observed'], respace: ['guide', 'observed', 'choice'] } as const satisfies Readonly<Record<string, readonly Source[]>>
export type Profile = keyof typeof PROFILES

export const isProfile = (name: string): name is Profile => name in PROFILES
