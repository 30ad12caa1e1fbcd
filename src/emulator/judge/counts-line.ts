import type { JudgeReport } from './judge-report.ts'

/** The summary line of a report. */
export function countsLine ({ counts: { wrong, risky, note }, exchanges }: Pick<JudgeReport, 'counts' | 'exchanges'>): string {
  const notes = `${note} ${note === 1 ? 'note' : 'notes'}`
  return `${wrong} wrong, ${risky} risky, ${notes} in ${exchanges} ${exchanges === 1 ? 'exchange' : 'exchanges'}`
}
