/** RSS 2.0 of a public folder. */
import { escapeXml, XML_DECLARATION } from '../../xml.ts'

export interface FeedFolder {
  readonly name: string
  readonly pageUrl: string
  readonly feedUrl: string
  /** The name of the site, and its logo if feed readers can show it. */
  readonly site: { readonly name: string, readonly logoUrl: string | undefined }
}

export interface FeedFile {
  readonly name: string
  readonly description: string
  readonly pageUrl: string
  /** Null for a file with a password: its bytes are behind the page. */
  readonly directUrl: string | null
  readonly size: number
  /** Unix milliseconds. */
  readonly uploadedAt: number
}

/** A feed has only the newest files: feed readers poll it, and keep earlier entries. */
export const FEED_FILES = 200

/** The files in their order, the newest first. The table of types is large, so it is loaded with the first feed. */
export async function folderFeed ({ name, pageUrl, feedUrl, site }: FeedFolder, files: readonly FeedFile[]): Promise<string> {
  const { default: types } = await import('mime')
  // Podcast players need the type. Downloads never have a type that a browser opens.
  const typeOf = (file: FeedFile): string => types.getType(/.\.(\w+)$/.exec(file.name)?.[1] ?? '') ?? 'application/octet-stream'
  return `${XML_DECLARATION}<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">
  <channel>
    <title>${text(name)}</title>
    <link>${text(pageUrl)}</link>
    <description>${text(`Files in ${name}`)}</description>
    <generator>${text(site.name)}</generator>
${site.logoUrl === undefined
    ? ''
    : `    <image>
      <url>${text(site.logoUrl)}</url>
      <title>${text(name)}</title>
      <link>${text(pageUrl)}</link>
    </image>
`}    <atom:link href="${escapeXml(feedUrl)}" rel="self" type="application/rss+xml"/>
${files.map(file => `    <item>
      <title>${text(file.name)}</title>
      <link>${text(file.pageUrl)}</link>
      <description>${text(file.description)}</description>
      <guid isPermaLink="true">${text(file.pageUrl)}</guid>
      <pubDate>${new Date(file.uploadedAt).toUTCString()}</pubDate>
${file.directUrl === null
    ? ''
    : `      <enclosure url="${escapeXml(file.directUrl)}" length="${file.size}" type="${typeOf(file)}"/>
`}    </item>
`).join('')}  </channel>
</rss>
`
}

/** Quotes between tags are not escaped: weak feed readers would show the escape. */
const text = (value: string): string => escapeXml(value).replaceAll('&quot;', '"')
