import { html, type Html } from '../html.ts'
import type { Branding } from '../../domain/branding.ts'
import { publicPath } from '../public-files.ts'
import { logoPath } from './branding-view.ts'

export interface Shown {
  readonly title: string
  readonly description: string
  /** The address of this server, without a final slash. */
  readonly publicUrl: string
  /** The page, from the root. */
  readonly path: string
  /** A picture of the content, from the root; undefined: the icon of the site. */
  readonly picture: string | undefined
}

/** What messengers and social networks show of a public link (Open Graph, Twitter cards): never of anything behind a password. */
export function openGraph ({ title, description, publicUrl, path, picture }: Shown, branding: Branding): Html {
  const icon = branding.logo === undefined ? publicPath('icon-512.png') : logoPath(branding)
  const properties = Object.entries({
    'og:type': 'website',
    'og:site_name': branding.name,
    'og:title': title,
    'og:description': description,
    'og:url': publicUrl + path,
    'og:image': publicUrl + (picture ?? icon)
  })
  return html`${properties.filter(([, content]) => content !== '').map(([property, content]) => html`
<meta property="${property}" content="${content}">`)}
<meta name="twitter:card" content="${picture === undefined ? 'summary' : 'summary_large_image'}">
`
}
