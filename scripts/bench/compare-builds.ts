/** Runs the same benchmarks alternately on this build and on the build of another commit. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inColumns, type Figure } from './figure.ts'
import { measureByTurns, median } from './rounds.ts'

const ROUNDS = 3
const ROOT = join(import.meta.dirname, '../..')

/** A table: each work with its value on both, and the median of this ÷ the other. Both are measured against the same third program, or on their own. */
export async function compareBuilds (revision: string, works: readonly string[]): Promise<string> {
  const other = buildOf(revision)
  const measure = (program: string) => (): Promise<readonly Figure[]> => Promise.resolve(figuresOf(works, program))
  const rounds = await measureByTurns(ROUNDS, [measure(join(ROOT, 'dist/main.js')), measure(other)])
  const names = rounds[0]?.[0]?.map(({ work }) => work) ?? []
  const valueOf = (figures: readonly Figure[] | undefined, work: string): number => figures?.find(figure => figure.work === work)?.value ?? NaN
  return inColumns([['work', 'this', revision, 'this ÷ other', 'least', 'most'], ...names.map(work => {
    const [ours, theirs] = [rounds.map(([mine]) => valueOf(mine, work)), rounds.map(([, its]) => valueOf(its, work))]
    const ratios = ours.map((value, round) => value / (theirs[round] ?? NaN))
    return [work, ...[median(ours), median(theirs), median(ratios), Math.min(...ratios), Math.max(...ratios)].map(value => value.toFixed(2))]
  })])
}

/** Its program, built in a folder that is removed when this process ends. */
function buildOf (revision: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'respace-build-'))
  const git = (...words: readonly string[]): string => execFileSync('git', words, { cwd: ROOT, encoding: 'utf8' })
  process.once('exit', () => {
    spawnSync('git', ['worktree', 'remove', '--force', folder], { cwd: ROOT })
    rmSync(folder, { recursive: true, force: true })
  })
  git('worktree', 'add', '--detach', folder, revision)
  const isSame = readFileSync(join(folder, 'package-lock.json'), 'utf8') === readFileSync(join(ROOT, 'package-lock.json'), 'utf8')
  if (isSame) symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  else execFileSync('npm', ['ci'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  execFileSync('npm', ['run', 'build'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  return join(folder, 'dist/main.js')
}

function figuresOf (works: readonly string[], program: string): readonly Figure[] {
  const bench = join(ROOT, 'scripts/bench.ts')
  const printed = execFileSync(process.execPath, ['--import=tsx', bench, '--json', ...works], { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, BENCH_PROGRAM: program } })
  return JSON.parse(printed) as readonly Figure[]
}
