/** A file: the row that names a blob. Times are Unix milliseconds. */
export interface StoredFile {
  readonly id: string
  /** Null for an anonymous upload. */
  readonly ownerId: number | null
  readonly folderId: string
  readonly name: string
  readonly description: string
  readonly sealedPassword: string | null
  readonly size: number
  readonly blobId: string
  readonly deleteCode: string
  readonly uploadedAt: number
  readonly downloads: number
  readonly expiresAt: number | null
  readonly downloadLimit: number | null
  readonly limitAction: number | null
  readonly limitActionFolderId: string | null
  /** Incremented whenever name, password or limits change: this invalidates all earlier links. */
  readonly linkVersion: number
  /** null: nobody has tried to make one. */
  readonly hasThumbnail: boolean | null
}
