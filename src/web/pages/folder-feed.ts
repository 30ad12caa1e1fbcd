/** RSS 2.0 of a public folder. */
import { escapeXml, XML_DECLARATION } from '../../xml.ts'

export interface FeedFolder {
  readonly name: string
  readonly pageUrl: string
  readonly feedUrl: string
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

/** A feed has the newest files only: readers ask for it again and again, and keep what they have seen. */
export const FEED_FILES = 200

/** The files as they come, which is the newest first. The table of types is large, so it waits for the first feed. */
export async function folderFeed ({ name, pageUrl, feedUrl }: FeedFolder, files: readonly FeedFile[]): Promise<string> {
  const { default: types } = await import('mime')
  // Podcast players choose by the type. What is downloaded has none that a browser opens.
  const typeOf = (file: FeedFile): string => types.getType(/.\.(\w+)$/.exec(file.name)?.[1] ?? '') ?? 'application/octet-stream'
  return `${XML_DECLARATION}<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">
  <channel>
    <title>${text(name)}</title>
    <link>${text(pageUrl)}</link>
    <description>${text(`Files in ${name}`)}</description>
    <atom:link href="${escapeXml(feedUrl)}" rel="self" type="application/rss+xml"/>
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

/** Quotes need no escape between tags, and readers with weak parsers show one. */
const text = (value: string): string => escapeXml(value).replaceAll('&quot;', '"')
