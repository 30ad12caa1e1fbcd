/** Data that clients rarely meet: odd names, duplicate names, long lists. */
import { createHash } from 'node:crypto'
import type { Seed } from '../state/seed.ts'
import { fail, gravest, pass, untested, type ClientRun, type Drill, type Opinion } from './drill.ts'
import { HOSTILE_FILE, HOSTILE_NAMES, SHARED_COUNT, SHARED_NAME } from './hostile-names.ts'
import { neverEnded } from './judge-run.ts'
import { counted, isSuccess, ofPhase, sendsGiven } from './work.ts'

/** A file that a drill adds. Each has unique bytes, so that its hash identifies it. */
interface Planted {
  readonly name: string
  readonly content: string
}

const contentOf = (i: number): string => `planted file ${i}\n`
const hashOf = ({ content }: Planted): string => createHash('sha256').update(content).digest('hex')

function withMore (seed: Seed, files: readonly Planted[], folders: readonly string[] = []): Seed {
  return {
    accounts: seed.accounts.map((account, i) => i > 0
      ? account
      : { ...account, files: [...account.files ?? [], ...files], folders: [...account.folders ?? [], ...folders.map(name => ({ name }))] })
  }
}

const NAMES: Drill = {
  id: 'drill/names',
  armed: `${HOSTILE_NAMES.length} odd names, ${SHARED_COUNT} files with the same name, and an odd name for the file to upload`,
  expected: 'each name is printed, or each file is downloaded and saved, byte for byte',
  plan ({ run: plain }) {
    const planted = [...HOSTILE_NAMES, ...Array.from({ length: SHARED_COUNT }, () => SHARED_NAME)].map((name, i) => ({ name, content: contentOf(i) }))
    return [{
      id: this.id,
      file: { name: HOSTILE_FILE },
      seed: seed => withMore(seed, planted),
      judge: run => judgeSeen(run, planted, [...judgeUploadName(run, plain)])
    }]
  }
}

/** A client that gave its upload the name of the file does so here, too. */
function judgeUploadName (run: ClientRun, plain: ClientRun): readonly Opinion[] {
  const namesOf = ({ changes, given }: ClientRun) => changes.added.filter(({ sha256 }) => sha256 === given.sha256).map(({ name }) => name)
  if (!sendsGiven(plain) || !namesOf(plain).includes(plain.given.name)) return []
  const names = namesOf(run)
  const wrong = names.find(name => name !== run.given.name)
  if (names.length === 0) return [fail(`it did not upload ${JSON.stringify(run.given.name)}`)]
  return [wrong === undefined ? pass('the name of its upload is the same') : fail(`it uploaded ${JSON.stringify(run.given.name)} as ${JSON.stringify(wrong)}`)]
}

const MANY: Drill = {
  id: 'drill/many',
  armed: '1,000 files and 200 folders in the root: a long list',
  expected: 'all of them are printed, counted or downloaded',
  plan (_plain, { manyFiles }) {
    const digits = String(manyFiles).length
    const planted = Array.from({ length: manyFiles }, (_, i) => ({ name: `many-${String(i + 1).padStart(digits, '0')}.txt`, content: contentOf(i) }))
    const folders = Array.from({ length: Math.ceil(manyFiles / 5) }, (_, i) => `many-folder-${String(i + 1).padStart(digits, '0')}`)
    return [{
      id: this.id,
      seed: seed => withMore(seed, planted, folders),
      // Some clients need several requests and one process for each file.
      extraMs: manyFiles * 60,
      judge: run => judgeSeen(run, planted, [...judgePrinted(run, folders, 'folder'), ...judgeCount(run, planted.length, folders.length)])
    }]
  }
}

/** Signs that the added files were seen; `others` are further signs. */
function judgeSeen (run: ClientRun, planted: readonly Planted[], others: readonly Opinion[]): Opinion {
  if (run.exitCode === null) return neverEnded(run)
  if (run.exitCode !== 0) return fail(`exit ${run.exitCode}`)
  const signs = [...judgeFetched(run, planted), ...judgePrinted(run, [...new Set(planted.map(({ name }) => name))], 'file'), ...others]
  const [first, ...more] = signs
  if (first === undefined) return untested('it neither prints, counts, downloads nor saves the files')
  const worst = gravest([first, ...more])
  return worst.verdict === 'pass' ? pass(signs.map(({ because }) => because).join('; ')) : worst
}

/** A client that downloads several files must download all; one that downloads a certain file gives no sign. */
function judgeFetched (run: ClientRun, planted: readonly Planted[]): readonly Opinion[] {
  const hashes = new Map(planted.map(file => [hashOf(file), file.name]))
  const missing = (found: ReadonlySet<string>): readonly string[] => [...hashes].filter(([hash]) => !found.has(hash)).map(([, name]) => name)
  const fetched = new Set(ofPhase(run, 'download').filter(isSuccess).map(({ response }) => response.sha256))
  const lacking = missing(fetched)
  if (hashes.size - lacking.length < 2) return []
  if (lacking.length > 0) return [fail(`it downloaded ${hashes.size - lacking.length} of ${hashes.size} files, not ${shown(lacking)}`)]
  const unsaved = missing(new Set(run.saved.map(({ sha256 }) => sha256)))
  // The client may keep them elsewhere, or in memory.
  if (unsaved.length === hashes.size) return [pass(`it downloaded all ${hashes.size} files`)]
  return [unsaved.length > 0 ? fail(`it downloaded all ${hashes.size} files and saved ${hashes.size - unsaved.length}, not ${shown(unsaved)}`) : pass(`it downloaded and saved all ${hashes.size} files`)]
}

/** A single printed name may be a coincidence. */
function judgePrinted ({ stdout }: ClientRun, names: readonly string[], noun: string): readonly Opinion[] {
  const missing = names.filter(name => !writings(name).some(text => stdout.includes(text)))
  if (names.length - missing.length < 2) return []
  return [missing.length > 0 ? fail(`it printed ${names.length - missing.length} of ${names.length} names of ${noun}s, not ${shown(missing)}`) : pass(`it printed the names of all ${counted(names.length, noun)}`)]
}

/** Plain, and as written in JSON. */
function writings (name: string): readonly string[] {
  const json = JSON.stringify(name).slice(1, -1)
  return [name, json, json.replace(/[^\x20-\x7e]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)]
}

/** A plausible number of entries in the root of the account, where files and folders of the seed also count. */
function judgeCount ({ stdout }: ClientRun, files: number, folders: number): readonly Opinion[] {
  const numbers = [...stdout.matchAll(/(?<![\w.-])\d{1,3}(?:,?\d{3})*(?![\w.-])/g)].map(([text]) => Number(text.replaceAll(',', '')))
  const fits = (least: number) => numbers.some(number => number >= least && number <= least + MOST_OWN)
  return fits(files) || fits(files + folders) ? [pass('it counted them')] : []
}

/** Files and folders that a seed may have in its root in addition to the added ones. */
const MOST_OWN = 20

const shown = (names: readonly string[]): string => names.slice(0, 3).map(name => JSON.stringify(name)).join(', ') + (names.length > 3 ? ' …' : '')

export const DATA_DRILLS: readonly Drill[] = [NAMES, MANY]
