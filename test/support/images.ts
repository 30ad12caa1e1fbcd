/** Images for tests, made as cameras and attackers make them. */
import { deflateSync } from 'node:zlib'
import { crc32 } from 'node:zlib'

/** Of sharp what tests use beyond what Respace does. */
interface Drawing {
  composite (layers: ReadonlyArray<{ readonly input: Buffer, readonly blend: string }>): Drawing
  withMetadata (options: { readonly orientation: number }): Drawing
  withExif (tags: Readonly<Record<string, Readonly<Record<string, string>>>>): Drawing
  toFormat (type: string, options?: Readonly<Record<string, unknown>>): Drawing
  toBuffer (): Promise<Buffer>
  metadata (): Promise<Readonly<Record<string, unknown>> & { readonly format: string, readonly width: number, readonly height: number }>
}
type Draw = (input: unknown, options?: unknown) => Drawing

/** sharp itself. */
export async function drawing (): Promise<Draw> {
  return (await import('sharp')).default as unknown as Draw
}

/** A picture with soft colours and the grain of a camera. */
export async function photo (width: number, height: number, type = 'jpeg', { orientation, secret }: { readonly orientation?: number, readonly secret?: string } = {}): Promise<Buffer> {
  const draw = await drawing()
  const create = { width, height, channels: 3, background: '#6a86b8' }
  const grain = await draw({ create: { ...create, background: undefined, noise: { type: 'gaussian', mean: 128, sigma: 14 } } }).toFormat('png', { compressionLevel: 1 }).toBuffer()
  let picture = draw({ create }).composite([{ input: grain, blend: 'soft-light' }])
  if (orientation !== undefined) picture = picture.withMetadata({ orientation })
  if (secret !== undefined) picture = picture.withExif({ IFD0: { Copyright: secret } })
  return picture.toFormat(type).toBuffer()
}

/** A PNG of one colour that says it is so large: its pixels take a thousandth of their memory. */
export function pngBomb (width: number, height: number, hasPixels = true): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const pixels = hasPixels ? deflateSync(Buffer.alloc((width * 3 + 1) * height)) : Buffer.from('x')
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))])
}

function chunk (type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}
