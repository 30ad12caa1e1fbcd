/** The web app manifest: with it a phone installs the site, and shares files and texts into it. */
import type { Branding } from '../../domain/branding.ts'
import { logoPath, shownColors } from './branding-view.ts'
import { publicPath } from '../public-files.ts'

/** As in the style sheet by day. */
const GROUND = '#f3f4fa'

/** The fields in which a phone sends what it shares. */
export const SHARED_FIELDS = { title: 'title', text: 'text', url: 'url' } as const

/** All addresses are relative to that of the manifest, so that they hold below a path, too. */
export function webManifest (lang: string, branding: Branding): string {
  const icon = (size: number) => ({ src: publicPath(`icon-${size}.png`).slice(1), sizes: `${size}x${size}`, type: 'image/png' })
  return JSON.stringify({
    name: branding.name,
    short_name: branding.name,
    lang,
    id: './',
    start_url: './',
    scope: './',
    display: 'minimal-ui',
    theme_color: shownColors(branding).light,
    background_color: GROUND,
    icons: branding.logo !== undefined
      ? [{ src: logoPath(branding).slice(1), sizes: 'any', type: branding.logo.type }]
      : [
          { src: publicPath('icon.svg').slice(1), sizes: 'any', type: 'image/svg+xml' },
          icon(192), icon(512), { ...icon(512), purpose: 'maskable' }
        ],
    share_target: {
      action: './share-target',
      method: 'POST',
      enctype: 'multipart/form-data',
      params: { ...SHARED_FIELDS, files: [{ name: 'userfile', accept: ['*/*'] }] }
    }
  })
}
