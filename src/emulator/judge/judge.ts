/** Inspects each exchange once it has ended, and reports what its client does right and wrong. */
import type { Entry } from '../journal/entry.ts'
import type { Settled } from '../journal/journal.ts'
import { createAfterCodes } from './after-codes.ts'
import { watchLogins } from './auth-rules.ts'
import { watchCalls } from './call-rules.ts'
import { createCoverage } from './coverage.ts'
import { watchDownloads } from './download-rules.ts'
import { watchErrors } from './error-rules.ts'
import type { Finding, JudgeReport } from './judge-report.ts'
import { MAX_EXCHANGES, MAX_SENTENCES } from './merge-reports.ts'
import { LEVELS, RULE_IDS, RULES, type RuleId } from './rules.ts'
import { readSettled, type Tell, type Watcher, type WatcherOptions } from './seen.ts'
import { watchUploads } from './upload-rules.ts'
import { watchNames } from './xml-rules.ts'

export interface Judge {
  /** Inspects an exchange that has ended. Memory is limited, however many there are. */
  see (settled: Settled): void
  /** As for a watcher. Findings are kept. */
  forget (mayReturn?: boolean): void
  /** The findings so far; may be called at any time. */
  report (): JudgeReport
}

export type JudgeOptions = Omit<WatcherOptions, 'tell'>

interface Broken {
  times: number
  readonly sentences: string[]
  readonly exchanges: Entry[]
}

export function createJudge (options: JudgeOptions): Judge {
  const broken = new Map<RuleId, Broken>()
  const watcherOptions = { ...options, tell: tellInto(broken) }
  const watchers: readonly Watcher[] = [watchCalls, watchLogins, watchNames, watchUploads, watchErrors, watchDownloads].map(watch => watch(watcherOptions))
  const coverage = createCoverage()
  const afterCodes = createAfterCodes()
  let exchanges = 0
  let firstAt: number | undefined
  let lastAt = 0

  return {
    see (settled) {
      exchanges++
      firstAt ??= settled.evidence.startedAt
      lastAt = Math.max(lastAt, settled.evidence.endedAt)
      if (settled.entry.verb === 'OPTIONS') return
      const seen = readSettled(settled)
      for (const { see } of [...watchers, coverage, afterCodes]) see(seen)
    },
    forget (mayReturn = false) {
      for (const { forget } of [...watchers, afterCodes]) forget?.(mayReturn)
    },
    report () {
      // Findings at the end are not counted twice when a report is read twice.
      const all = new Map([...broken].map(([id, { times, sentences, exchanges }]) => [id, { times, sentences: [...sentences], exchanges: [...exchanges] }]))
      for (const { conclude } of watchers) conclude?.(tellInto(all))
      const findings = LEVELS.flatMap(level => RULE_IDS.flatMap((id): Finding[] => {
        const found = all.get(id)
        return found === undefined || RULES[id].level !== level ? [] : [{ rule: id, ...RULES[id], ...found }]
      }))
      const count = (wanted: Finding['level']): number => findings.filter(({ level }) => level === wanted).length
      return {
        exchanges,
        milliseconds: Math.round(lastAt - (firstAt ?? lastAt)),
        counts: { wrong: count('wrong'), risky: count('risky'), note: count('note') },
        findings,
        rules: RULE_IDS.map(id => ({ id, ...RULES[id], broken: all.get(id)?.times ?? 0 })),
        ...coverage.report(),
        codes: afterCodes.report()
      }
    }
  }
}

const tellInto = (broken: Map<RuleId, Broken>): Tell => (rule, { entry }, sentence) => {
  const known = broken.get(rule) ?? { times: 0, sentences: [], exchanges: [] }
  broken.set(rule, known)
  known.times++
  if (known.sentences.length < MAX_SENTENCES && !known.sentences.includes(sentence)) known.sentences.push(sentence)
  if (known.exchanges.length < MAX_EXCHANGES && known.exchanges.at(-1)?.id !== entry.id) known.exchanges.push(entry)
}
