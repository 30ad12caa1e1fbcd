/** Merges the reports of an emulator and its sandboxes. */
import type { Entry } from '../journal/entry.ts'
import { NEXT_STEPS, type Finding, type JudgeReport, type MetCode, type NextStep, type UsedMethod } from './judge-report.ts'
import { LEVELS, RULE_IDS } from './rules.ts'

/** Of one rule. */
export const MAX_EXCHANGES = 3
export const MAX_SENTENCES = 5

export function mergeReports (first: JudgeReport, ...others: readonly JudgeReport[]): JudgeReport {
  const all = [first, ...others].filter((report, i) => i === 0 || report.exchanges > 0)
  if (all.length === 1) return first
  const findings = LEVELS.flatMap(level => RULE_IDS.flatMap((id): Finding[] => {
    const [found, ...more] = all.flatMap(report => report.findings.filter(({ rule }) => rule === id))
    return found?.level === level ? [mergeFindings(found, more)] : []
  }))
  const methods = first.methods.each.map(({ method }) => mergeMethod(method, all.flatMap(report => report.methods.each.filter(each => each.method === method))))
  const codes = [...new Set(all.flatMap(({ codes }) => codes.each.map(({ code }) => code)))].sort((a, b) => a - b)
    .flatMap(code => mergeCode(all.flatMap(report => report.codes.each.filter(each => each.code === code))))
  const names = [...first.uploadFields.each, ...first.uploadFields.unused]
  const isUsed = (name: string): boolean => all.some(({ uploadFields }) => uploadFields.each.includes(name))
  const count = (wanted: Finding['level']): number => findings.filter(({ level }) => level === wanted).length
  return {
    exchanges: sum(all, ({ exchanges }) => exchanges),
    milliseconds: Math.max(...all.map(({ milliseconds }) => milliseconds)),
    counts: { wrong: count('wrong'), risky: count('risky'), note: count('note') },
    findings,
    rules: first.rules.map(rule => ({ ...rule, broken: findings.find(({ rule: id }) => id === rule.id)?.times ?? 0 })),
    methods: { used: methods.filter(({ calls }) => calls > 0).length, all: methods.length, each: methods },
    parameters: { used: sum(methods, ({ used }) => used.length), all: first.parameters.all },
    uploadFields: { used: names.filter(isUsed).length, all: names.length, each: names.filter(isUsed), unused: names.filter(name => !isUsed(name)) },
    versions: mergeVersions(all),
    codes: { used: codes.length, all: first.codes.all, each: codes }
  }
}

const sum = <T>(items: readonly T[], count: (item: T) => number): number => items.reduce((total, item) => total + count(item), 0)

function mergeFindings (first: Finding, more: readonly Finding[]): Finding {
  const all = [first, ...more]
  const exchanges: readonly Entry[] = all.flatMap(({ exchanges }) => exchanges).slice(0, MAX_EXCHANGES)
  return { ...first, times: sum(all, ({ times }) => times), sentences: [...new Set(all.flatMap(({ sentences }) => sentences))].slice(0, MAX_SENTENCES), exchanges }
}

function mergeMethod (method: string, all: readonly UsedMethod[]): UsedMethod {
  const used = new Set(all.flatMap(each => each.used))
  const names = all[0] === undefined ? [] : [...all[0].used, ...all[0].unused]
  return { method, calls: sum(all, ({ calls }) => calls), used: names.filter(name => used.has(name)), unused: names.filter(name => !used.has(name)) }
}

function mergeCode (all: readonly MetCode[]): MetCode[] {
  const [first] = all
  if (first === undefined) return []
  const next = Object.fromEntries(NEXT_STEPS.map(step => [step, sum(all, each => each.next[step])])) as Record<NextStep, number>
  return [{ ...first, byState: sum(all, ({ byState }) => byState), byFault: sum(all, ({ byFault }) => byFault), next }]
}

function mergeVersions (all: readonly JudgeReport[]): Record<string, number> {
  const versions = new Map<string, number>()
  for (const report of all) for (const [version, calls] of Object.entries(report.versions)) versions.set(version, (versions.get(version) ?? 0) + calls)
  return Object.fromEntries(versions)
}
