/** The pages of the contract, which are part of the package. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packagePath } from '../../package-path.ts'
import { parseLaw, type LawPage, type Sentence } from './law.ts'

/** It describes the pages, and is not one of them. */
const INDEX = 'README.md'

/** All pages, by name. */
export async function readLawPages (folder = packagePath('docs/contract')): Promise<LawPage[]> {
  const files = (await readdir(folder)).filter(name => name.endsWith('.md') && name !== INDEX).sort()
  return Promise.all(files.map(async file => ({ name: file.slice(0, -'.md'.length), text: await readFile(join(folder, file), 'utf8') })))
}

/** All sentences by id. Throws for pages that cannot be parsed. */
export async function readLaw (): Promise<ReadonlyMap<string, Sentence>> {
  const { sentences, problems } = parseLaw(await readLawPages())
  if (problems.length > 0) throw new Error(`docs/contract: ${problems.join('; ')}`)
  return new Map(sentences.map(sentence => [sentence.id, sentence]))
}
