/** Values of an answer, '' when missing: for checks that judge the value, and so a missing one, too. */
import type { Reply } from './reply.ts'
import { childOf } from './xml.ts'

export const textIn = ({ result }: Reply, child: string): string => childOf(result, child)?.text ?? ''
export const valueIn = ({ result }: Reply, child: string, attribute: string): string => childOf(result, child)?.attributes[attribute] ?? ''

/** A whole number that is not negative; NaN for anything else. */
export const countIn = (text: string): number => /^\d+$/.test(text) ? Number(text) : Number.NaN
