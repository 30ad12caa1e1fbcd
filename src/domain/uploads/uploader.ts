/** Programs for which the server generates a file; it contains an upload key for an account. */
export const UPLOADERS = ['sharex', 'script'] as const
export type Uploader = typeof UPLOADERS[number]

export const isUploader = (text: string): text is Uploader => UPLOADERS.some(uploader => uploader === text)

/** The data for such a file. */
export interface UploaderSetup {
  /** The address of this server, without a final slash. */
  readonly publicUrl: string
  readonly userName: string
  readonly key: string
}
