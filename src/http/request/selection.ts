/** Which files and folders of a folder a query names. */
import type { Selection } from '../../transfer/archive-tree.ts'
import { eachParameter } from './query.ts'

/** Ids in one request. */
export const MOST_SELECTED = 500

/** `?file=ID&file=ID&folder=ID`; undefined when it names none, which is all. */
export function readSelection (url: string): Selection | 'too many' | undefined {
  const named = { file: new Set<string>(), folder: new Set<string>() }
  const mark = url.indexOf('?')
  eachParameter(mark === -1 ? '' : url.slice(mark + 1), (name, value) => {
    if (name === 'file' || name === 'folder') named[name].add(value)
  })
  const count = named.file.size + named.folder.size
  if (count > MOST_SELECTED) return 'too many'
  return count === 0 ? undefined : { files: [...named.file], folders: [...named.folder] }
}
