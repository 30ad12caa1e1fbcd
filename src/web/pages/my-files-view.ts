/** What the page of one's own files shows. */
import type { FileOrder, FilePage } from '../../domain/files/file-order.ts'
import type { StoredFile } from '../../domain/files/file.ts'
import type { Folder } from '../../domain/files/folder.ts'
import type { Meter } from './account-page.ts'
import type { MyPlace } from '../components/list-url.ts'
import type { Notice } from '../components/share-card.ts'

/** What is directly in a folder; numbers stop a little above a thousand. */
export interface Content {
  readonly files: number
  readonly folders: number
}

export interface MyFilesView {
  readonly folder: Folder
  /** The outermost first, without the root. */
  readonly above: readonly Folder[]
  /** The folders of this page of the list. */
  readonly folders: readonly Folder[]
  /** By the ids of these folders. */
  readonly contents: ReadonlyMap<string, Content>
  /** The addresses of thumbnails are '' for files without one. */
  readonly list: FilePage<StoredFile & { readonly picture: string }>
  /** Files and folders on all pages. */
  readonly total: number
  /** More files match than are found: these are some of them. */
  readonly isCut: boolean
  /** The possible target folders, without the root. */
  readonly targets: ReadonlyArray<{ readonly id: string, readonly path: string }>
  readonly order: FileOrder
  readonly place: MyPlace
  readonly isGrid: boolean
  /** A form with errors: it keeps the input and the selection. */
  readonly tried: Tried
  readonly userName: string
  readonly formToken: string
  readonly publicUrl: string
  /** Bytes. */
  readonly maxFileSize: number
  readonly disk: Meter
  readonly notice: Notice | undefined
  /** The sealed step that takes back what was done; '' for none. */
  readonly undo: string
}

/** The rejected names, for a new folder and for the selected item; '' for none. */
export interface Tried {
  readonly folderName: string
  readonly newName: string
  /** Ids of files and folders. */
  readonly chosen: ReadonlySet<string>
}
