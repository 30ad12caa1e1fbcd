/** What an operator can switch off while the server runs: everything (maintenance), or transfers of one direction. */
export const PAUSES = ['maintenance', 'uploads', 'downloads'] as const
export type Pause = typeof PAUSES[number]
