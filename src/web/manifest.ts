/** The web app manifest: with it a phone installs the site, and shares files and texts into it. */
import { publicPath } from './public-files.ts'

/** Colours of the style sheet by day. */
const INK = { theme_color: '#4a3fd0', background_color: '#f3f4fa' }

/** The fields in which a phone sends what it shares. */
export const SHARED_FIELDS = { title: 'title', text: 'text', url: 'url' } as const

/** All addresses are relative to that of the manifest, so that they hold below a path, too. */
export function webManifest (lang: string): string {
  const icon = (size: number) => ({ src: publicPath(`icon-${size}.png`).slice(1), sizes: `${size}x${size}`, type: 'image/png' })
  return JSON.stringify({
    name: 'Respace',
    short_name: 'Respace',
    lang,
    id: './',
    start_url: './',
    scope: './',
    display: 'minimal-ui',
    ...INK,
    icons: [
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
