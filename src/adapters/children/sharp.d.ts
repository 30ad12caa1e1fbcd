/** Of sharp what is used here: it need not be installed where Respace is built. */
declare module 'sharp' {
  interface Sharp {
    autoOrient (): Sharp
    resize (options: { width: number, height: number, fit: 'inside', withoutEnlargement: boolean }): Sharp
    raw (): Sharp
    webp (options: { quality: number }): Sharp
    toBuffer (): Promise<Buffer>
    toBuffer (options: { resolveWithObject: true }): Promise<{ data: Buffer, info: { width: number, height: number, channels: number } }>
  }

  interface SharpOptions {
    readonly limitInputPixels?: number
    readonly failOn?: 'error'
    readonly sequentialRead?: boolean
    readonly raw?: { readonly width: number, readonly height: number, readonly channels: number }
  }

  const sharp: {
    (input: Buffer, options: SharpOptions): Sharp
    cache (on: boolean): void
    concurrency (threads: number): void
    block (what: { readonly operation: readonly string[] }): void
    unblock (what: { readonly operation: readonly string[] }): void
  }
  export { sharp as default }
}
