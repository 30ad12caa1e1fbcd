/** Reads values from answers of this server. Answers that a fault made may have fewer values, or none. */

/** Texts of all elements with this name, in order. */
export const elementsOf = (text: string, name: string): string[] => [...text.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, value = '']) => unescapeXml(value))

/** The text of the first element with this name. */
export const elementOf = (text: string, name: string): string | undefined => elementsOf(text, name)[0]

/** Values of an attribute, in order. */
export const attributesOf = (text: string, name: string): string[] => [...text.matchAll(new RegExp(`\\s${name}="([^"]*)"`, 'g'))].map(([, value = '']) => unescapeXml(value))

/** The first value of an attribute. */
export const attributeOf = (text: string, name: string): string | undefined => attributesOf(text, name)[0]

/** The value of a line `name=value` in the answer to an upload. */
export const lineOf = (text: string, name: string): string | undefined => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1]

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

const unescapeXml = (text: string): string => text.replace(/&(?:#(\d{1,7})|(\w+));/g, (entity, code: string | undefined, name: string | undefined) =>
  code === undefined ? ENTITIES[name ?? ''] ?? entity : String.fromCodePoint(Math.min(Number(code), 0x10ffff)))

/** The path and query of a URL, without the prefix of a reverse proxy or a sandbox. */
export const targetOf = (url: string): string => url.replace(/^https?:\/\/[^/?#]*/i, '').replace(/^\/_s\/[^/]+/, '')
