import type { StoredFile } from './file.ts'
import { languageOfName } from './text-language.ts'

export type PreviewKind = 'image' | 'audio' | 'video' | 'text' | 'pdf'

export interface Preview {
  readonly kind: PreviewKind
  /** The content type it is served with: never one that a browser executes. */
  readonly contentType: string
  /** Of a text: whether and how it can be formatted. */
  readonly language: string | undefined
}

const MiB = 1024 * 1024

/** Larger files are not shown; -1 for any size. */
const LARGEST: Readonly<Record<PreviewKind, number>> = { image: 20 * MiB, audio: -1, video: -1, text: MiB, pdf: -1 }

const TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  mp3: 'audio/mpeg',
  ogg: 'audio/ogg',
  opus: 'audio/ogg',
  flac: 'audio/flac',
  wav: 'audio/wav',
  m4a: 'audio/mp4',
  mp4: 'video/mp4',
  m4v: 'video/mp4',
  webm: 'video/webm',
  pdf: 'application/pdf'
}

/**
 * How a file can be shown, by its name, since the bytes cannot be trusted anyway. Texts are served as plain text, HTML too. Not with a download
 * limit: a preview would be an uncounted download.
 */
export function previewOf ({ name, size, downloadLimit }: Pick<StoredFile, 'name' | 'size' | 'downloadLimit'>): Preview | undefined {
  const language = languageOfName(name)
  const contentType = language !== undefined ? 'text/plain; charset=utf-8' : TYPES[/\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? '']
  if (contentType === undefined || size === 0 || downloadLimit !== null) return undefined
  const kind = kindOf(contentType)
  return LARGEST[kind] === -1 || size <= LARGEST[kind] ? { kind, contentType, language } : undefined
}

function kindOf (contentType: string): PreviewKind {
  const [family] = contentType.split('/')
  return family === 'image' || family === 'audio' || family === 'video' || family === 'text' ? family : 'pdf'
}
