/** A file that a search found: what it is sorted by. */
export interface FoundFile {
  readonly id: string
  readonly name: string
  readonly size: number
  readonly uploadedAt: number
}

/** Finds files by parts of their names. It is made in the background when it is first asked for. */
export interface NameIndex {
  /**
   * An owner's files whose names contain this text, ignoring case; at most `most`, in any order. undefined while there is no index for this owner, and
   * for texts that are too short for it or in very many names. `giveWay` lets others be served in between.
   */
  find (ownerId: number, text: string, most: number, giveWay: () => Promise<void>): Promise<readonly FoundFile[] | undefined>
}
