/** How a site presents itself: name, logo, colours, a note on its start page, and the links at the foot of all pages. */
import { createHash } from 'node:crypto'
import { contrastIn, LEAST_CONTRAST, nearestReadable, readColor, type Theme } from './color.ts'
import { isEmail } from './mail/email.ts'
import { codePointsOf, fitsBytes } from './text-limit.ts'

/** The links at the foot of all pages. */
export const SITE_LINKS = ['imprint', 'terms', 'privacy', 'abuse'] as const
/** All texts that an operator may set; '' is "not set". */
export const BRANDING_FIELDS = ['name', 'color', 'darkColor', 'note', ...SITE_LINKS] as const

export type SiteLink = typeof SITE_LINKS[number]
export type BrandingField = typeof BRANDING_FIELDS[number]
export type BrandingTexts = Readonly<Record<BrandingField, string>>

export interface Branding extends BrandingTexts {
  /** undefined: the icon of Respace. */
  readonly logo: LogoMark | undefined
}

/** Which logo there is. `version` is of its bytes, so that browsers may keep them. */
export interface LogoMark {
  readonly type: LogoType
  readonly version: string
}

export interface Logo extends LogoMark {
  readonly bytes: Buffer
}

export const LOGO_TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/svg+xml'] as const
export type LogoType = typeof LOGO_TYPES[number]

/** Whether two look alike. */
export const isSameLook = (one: Branding, other: Branding): boolean =>
  BRANDING_FIELDS.every(field => one[field] === other[field]) && one.logo?.version === other.logo?.version && one.logo?.type === other.logo?.type

/** The branding of the settings, with the bytes of its logo. */
export interface SetBranding extends Branding {
  readonly logo: Logo | undefined
}

export const MAX_LOGO_BYTES = 256 * 1024
export const MAX_SITE_NAME = 40
export const MAX_NOTE_BYTES = 2000
export const MAX_LINK_BYTES = 500

export const UNBRANDED: SetBranding = { name: 'Respace', color: '', darkColor: '', note: '', imprint: '', terms: '', privacy: '', abuse: '', logo: undefined }

/** What is wrong with a text or a file; of a colour also its contrast and the nearest that passes. */
export type BrandingFault =
  | { readonly kind: 'long name' | 'bad name' | 'no color' | 'long note' | 'bad link' | 'large logo' | 'bad logo' }
  | { readonly kind: 'pale color' | 'dark color', readonly contrast: number, readonly nearest: string }

/** A text as it is kept, or what is wrong with it. Empty texts are fine. */
export function readBrandingText (field: BrandingField, text: string): string | BrandingFault {
  const trimmed = text.trim()
  if (trimmed === '') return ''
  switch (field) {
    case 'name': return readName(trimmed)
    case 'color': return readAccent('light', trimmed)
    case 'darkColor': return readAccent('dark', trimmed)
    case 'note': return readNote(trimmed)
    default: return isSiteLink(trimmed) ? trimmed : { kind: 'bad link' }
  }
}

function readName (text: string): string | BrandingFault {
  if (codePointsOf(text) > MAX_SITE_NAME) return { kind: 'long name' }
  return /[\p{C}\p{Zl}\p{Zp}<>]/u.test(text) ? { kind: 'bad name' } : text
}

function readAccent (theme: Theme, text: string): string | BrandingFault {
  const color = readColor(text)
  if (color === undefined) return { kind: 'no color' }
  const contrast = contrastIn(theme, color)
  return contrast >= LEAST_CONTRAST ? color : { kind: theme === 'light' ? 'pale color' : 'dark color', contrast, nearest: nearestReadable(theme, color) }
}

function readNote (text: string): string | BrandingFault {
  const note = text.replace(/\r\n?/g, '\n').replace(/(?![\n\t])[\p{Cc}\p{Cs}]/gu, '')
  return fitsBytes(note, MAX_NOTE_BYTES) ? note : { kind: 'long note' }
}

/** https, mailto, or a path of this server: nothing that a browser runs. */
function isSiteLink (text: string): boolean {
  if (!fitsBytes(text, MAX_LINK_BYTES) || /[\p{C}\s]/u.test(text)) return false
  if (text.startsWith('/')) return /^\/(?![/\\])[\x21-\x7e]*$/.test(text)
  if (/^mailto:/i.test(text)) return isEmail(text.slice(7).split('?')[0] ?? '')
  return /^https:\/\/[^/]/i.test(text) && URL.canParse(text)
}

/** A logo, or what is wrong with the file. Its first bytes say what it is: a name can say anything. */
export function readLogo (bytes: Buffer): Logo | BrandingFault {
  if (bytes.length > MAX_LOGO_BYTES) return { kind: 'large logo' }
  const type = typeOf(bytes)
  return type === undefined ? { kind: 'bad logo' } : { type, bytes, version: createHash('sha256').update(bytes).digest('hex').slice(0, 12) }
}

function typeOf (bytes: Buffer): LogoType | undefined {
  if (bytes.subarray(0, 8).toString('latin1') === '\x89PNG\r\n\x1a\n') return 'image/png'
  if (bytes.subarray(0, 3).toString('latin1') === '\xff\xd8\xff') return 'image/jpeg'
  if (bytes.subarray(0, 4).toString('latin1') === 'RIFF' && bytes.subarray(8, 12).toString('latin1') === 'WEBP') return 'image/webp'
  return /^\ufeff?\s*(?:<\?xml[^<>]{0,200}\?>\s*)?(?:(?:<!--[^>]{0,2000}-->|<!DOCTYPE svg[^[\]<>]{0,500}>)\s*){0,9}<svg[\s>]/i.test(bytes.subarray(0, 8192).toString('utf8')) ? 'image/svg+xml' : undefined
}

/** Mail programs show no other images. */
export const isShownInMails = ({ type }: LogoMark): boolean => type === 'image/png' || type === 'image/jpeg'

/** The colours of a site by day and by night; undefined: those of the style sheet. One that is not chosen follows the other. */
export function colorsOf ({ color, darkColor }: Pick<Branding, 'color' | 'darkColor'>): { readonly light: string, readonly dark: string } | undefined {
  if (color === '' && darkColor === '') return undefined
  return { light: color === '' ? nearestReadable('light', darkColor) : color, dark: darkColor === '' ? nearestReadable('dark', color) : darkColor }
}
