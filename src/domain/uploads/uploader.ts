/** Programs that the server writes a file for, which then upload into an account by a key of its own. */
export const UPLOADERS = ['sharex', 'script'] as const
export type Uploader = typeof UPLOADERS[number]

export const isUploader = (text: string): text is Uploader => UPLOADERS.some(uploader => uploader === text)

/** What such a file is made from. */
export interface UploaderSetup {
  /** The address of this server, without a final slash. */
  readonly publicUrl: string
  readonly userName: string
  readonly key: string
}
