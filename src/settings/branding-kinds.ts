/** The kinds of settings that say how the site looks. */
import { readFileSync } from 'node:fs'
import { LOGO_TYPES, MAX_LINK_BYTES, MAX_LOGO_BYTES, MAX_NOTE_BYTES, MAX_SITE_NAME, readBrandingText, readLogo, type BrandingFault, type BrandingField, type Logo } from '../domain/branding.ts'
import { LEAST_CONTRAST } from '../domain/color.ts'
import type { Kind } from './kinds.ts'

const fieldKind = (name: string, field: BrandingField): Kind<string> => ({
  name,
  read (value) {
    // The settings file has lines of its own; in a variable or a flag a line break is written \n.
    const read = readBrandingText(field, field === 'note' ? value.replaceAll('\\n', '\n') : value)
    if (typeof read !== 'string') throw new Error(faultSentence(read))
    return read
  }
})

export const siteName = fieldKind('name', 'name')
export const siteColor = fieldKind('colour', 'color')
export const siteDarkColor = fieldKind('colour', 'darkColor')
export const siteNote = fieldKind('text', 'note')
export const siteLink = fieldKind('address', 'imprint')

/** Read at startup, so that an error is reported then. */
export const logoFile: Kind<Logo> = {
  name: 'file',
  read (value) {
    let bytes: Buffer
    try {
      bytes = readFileSync(value)
    } catch {
      throw new Error('expected a readable file')
    }
    const logo = readLogo(bytes)
    if ('kind' in logo) throw new Error(faultSentence(logo))
    return logo
  }
}

/** Rounded down, so that what fails does not read as if it passed. */
const shownContrast = (contrast: number): string => (Math.floor(contrast * 10) / 10).toFixed(1)

function faultSentence (fault: BrandingFault): string {
  switch (fault.kind) {
    case 'long name': return `expected at most ${MAX_SITE_NAME} characters`
    case 'bad name': return 'expected a name on one line, without < and >'
    case 'no color': return 'expected a colour such as #4a3fd0'
    case 'long note': return `expected at most ${MAX_NOTE_BYTES} bytes`
    case 'bad link': return `expected https://…, mailto:… or a path that begins with /, at most ${MAX_LINK_BYTES} bytes`
    case 'large logo': return `expected at most ${MAX_LOGO_BYTES / 1024} KiB`
    case 'bad logo': return `expected an image: ${LOGO_TYPES.map(type => type.slice(6).replace('+xml', '').toUpperCase()).join(', ')}`
    case 'pale color': return `its contrast on a light page is ${shownContrast(fault.contrast)}:1, and ${LEAST_CONTRAST}:1 is needed; the nearest that passes is ${fault.nearest}`
    case 'dark color': return `its contrast on a dark page is ${shownContrast(fault.contrast)}:1, and ${LEAST_CONTRAST}:1 is needed; the nearest that passes is ${fault.nearest}`
  }
}
