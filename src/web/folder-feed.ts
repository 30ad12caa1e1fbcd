/** RSS 2.0 of a public folder. */
import { withoutForbidden } from '../xml.ts'

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

/** Newest files first, as feed readers expect. The builder is a third of all code that is loaded, so it waits for the first feed. */
export async function folderFeed (folder: FeedFolder, files: readonly FeedFile[]): Promise<string> {
  const { create } = await import('xmlbuilder2')
  const channel = create({ version: '1.0', encoding: 'UTF-8' })
    .ele('rss', { version: '2.0', 'xmlns:atom': 'http://www.w3.org/2005/Atom' }).ele('channel')
  channel.ele('title').txt(literal(folder.name))
  channel.ele('link').txt(literal(folder.pageUrl))
  channel.ele('description').txt(literal(`Files in ${folder.name}`))
  channel.ele('atom:link', { href: literal(folder.feedUrl), rel: 'self', type: 'application/rss+xml' })
  for (const file of [...files].sort((a, b) => b.uploadedAt - a.uploadedAt)) {
    const item = channel.ele('item')
    item.ele('title').txt(literal(file.name))
    item.ele('link').txt(literal(file.pageUrl))
    item.ele('description').txt(literal(file.description))
    item.ele('guid', { isPermaLink: 'true' }).txt(literal(file.pageUrl))
    item.ele('pubDate').txt(new Date(file.uploadedAt).toUTCString())
    if (file.directUrl !== null) {
      item.ele('enclosure', { url: literal(file.directUrl), length: String(file.size), type: 'application/octet-stream' })
    }
  }
  return channel.end({ prettyPrint: true }) + '\n'
}

/** The builder takes `&amp;` for an entity that is written already, and passes what XML forbids. */
const literal = (text: string): string => withoutForbidden(text).replaceAll('&', '&amp;')
