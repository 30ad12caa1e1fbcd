/** Judges a server by the contract, and says what of it is kept. */
import { writeFile } from 'node:fs/promises'
import { check, type CheckReport } from '../check-contract.ts'
import { allScenarios } from '../contract/all-scenarios.ts'
import { Unreachable } from '../contract/check-problems.ts'
import { readContract } from '../contract/law/contract-file.ts'
import { isProfile, PROFILES } from '../contract/profile.ts'
import { areaLines, closingLines } from '../contract/report/tree.ts'
import { isReportKind, REPORT_KINDS, type ReportKind } from '../contract/report/write.ts'
import type { Target } from '../contract/target/target-file.ts'
import { newestEdition } from '../contract/law/published-checks.ts'
import { DocumentProblem } from '../settings/document.ts'
import { showProgress, type ProgressLine } from './progress-line.ts'

export interface CheckFlags {
  readonly target?: string
  readonly profile?: string
  readonly only?: readonly string[]
  readonly report?: readonly string[]
  readonly baseline?: string
  readonly edition?: string
  readonly strict?: boolean
  readonly complete?: boolean
  readonly verbose?: boolean
  readonly list?: boolean
}

/** 0: conformant, 1: failures, 2: a wrong call or nothing judged, 3: no answer, or a fault of the kit or of the target file's means. */
export async function checkTarget (address: string | undefined, flags: CheckFlags): Promise<void> {
  try {
    if (flags.list === true) listChecks(flags.only ?? [])
    else process.exitCode = await judge(address, flags)
  } catch (error) {
    const isUsage = error instanceof UsageProblem || error instanceof DocumentProblem || (error instanceof Error && 'code' in error && error.code === 'ENOENT')
    const sentence = error instanceof Unreachable || isUsage ? error.message : error instanceof Error ? error.stack ?? error.message : String(error)
    process.stderr.write(`respace: ${sentence}\n`)
    process.exitCode = isUsage ? 2 : 3
  }
}

class UsageProblem extends Error {}

async function judge (address: string | undefined, { target, profile = 'guide', only = [], report = [], baseline, edition, strict = false, complete = false, verbose = false }: CheckFlags): Promise<number> {
  if (!isProfile(profile)) throw new UsageProblem(`--profile is ${Object.keys(PROFILES).join(', ')}, not ${profile}`)
  const reports = readReports(report)
  if (edition !== undefined && !(Number(edition) >= 1 && Number(edition) <= newestEdition())) throw new UsageProblem(`--edition is a number from 1 to ${newestEdition()}, not ${edition}`)
  const bar = createBar()
  const say = (lines: readonly string[]): void => {
    bar.clear()
    for (const line of lines) process.stdout.write(`${line}\n`)
  }
  const emulator = address === 'dev' ? await startDev() : undefined
  try {
    const options = {
      profile,
      only,
      strict,
      complete,
      ...target !== undefined && { target },
      ...baseline !== undefined && { baseline },
      ...edition !== undefined && { edition: Number(edition) },
      ...emulator === undefined ? address !== undefined && { url: address } : { url: emulator.url, known: emulator.known }
    }
    const done: CheckReport = await check({ ...options, onProgress: bar.show, onArea: (area, checks) => { say(areaLines(area, checks, { isVerbose: verbose })) } })
    for (const [kind, path] of reports) await writeFile(path, done.write(kind))
    say(closingLines(done.results, done.outcome))
    return done.outcome.exitCode
  } finally {
    await emulator?.close()
  }
}

/** A bar below the lines on a terminal; nothing anywhere else. */
function createBar () {
  let shown: ProgressLine | undefined
  let told = 0
  return {
    show (done: number, all: number): void {
      if (!process.stderr.isTTY) return
      shown ??= showProgress(process.stderr, 'plays', all, 'rows', () => performance.now())
      shown.advance(done - told)
      told = done
    },
    clear (): void {
      if (shown !== undefined) process.stderr.write('\r\x1b[K')
    }
  }
}

/** An emulator with two accounts, whose states the kit sets itself. */
async function startDev (): Promise<{ readonly url: string, readonly known: Partial<Target>, close (): Promise<void> }> {
  const { startEmulator } = await import('../start-emulator.ts')
  const emulator = await startEmulator({ seed: 'demo' })
  return {
    url: emulator.url,
    known: {
      control: emulator.controlUrl,
      implementation: { name: 'respace dev' },
      accounts: { main: { user: 'demo', password: 'demo' }, other: { user: 'lite', password: 'demo' } },
      features: { sharing: true, addressbook: true, mail: true, pages: true, anonymous: true, register: true, proxyMode: true },
      mailTo: 'check{n}@example.org'
    },
    close: () => emulator.close({ unfired: 'ignore' })
  }
}

/** `junit=report.xml`. */
function readReports (words: readonly string[]): ReadonlyMap<ReportKind, string> {
  return new Map(words.map(word => {
    const [kind = '', ...path] = word.split('=')
    if (!isReportKind(kind) || path.join('=') === '') throw new UsageProblem(`--report takes ${REPORT_KINDS.map(each => `${each}=FILE`).join(' ')}, not ${word}`)
    return [kind, path.join('=')]
  }))
}

function listChecks (only: readonly string[]): void {
  for (const { checks } of allScenarios(readContract())) {
    for (const { id, about, level, source, since, until } of checks.filter(({ id }) => only.length === 0 || only.some(part => id.includes(part)))) {
      const span = [since !== undefined && since !== '1.0' && `since ${since}`, until !== undefined && `until ${until}`].filter(Boolean).join(' ')
      process.stdout.write(`${[id, level, source, span, about].join('\t')}\n`)
    }
  }
}
