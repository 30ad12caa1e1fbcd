/** Languages of texts: what a text is shown as, by the name of its file, and how a new one is called. */

export interface TextLanguage {
  /** For the highlighter; 'plain' and 'markdown' are shown in their own ways. */
  readonly id: string
  /** As its users write it; '' where it depends on the reader's language. */
  readonly label: string
  /** The first is that of new files. */
  readonly extensions: readonly string[]
}

/** In the order of the list on the page. */
export const TEXT_LANGUAGES: readonly TextLanguage[] = [
  { id: 'plain', label: '', extensions: ['txt', 'text', 'log', 'csv', 'tsv', 'srt', 'conf'] },
  { id: 'markdown', label: 'Markdown', extensions: ['md', 'markdown'] },
  { id: 'bash', label: 'Bash', extensions: ['sh', 'bash', 'zsh'] },
  { id: 'c', label: 'C', extensions: ['c', 'h'] },
  { id: 'cpp', label: 'C++', extensions: ['cpp', 'cc', 'cxx', 'hpp'] },
  { id: 'csharp', label: 'C#', extensions: ['cs'] },
  { id: 'css', label: 'CSS', extensions: ['css'] },
  { id: 'diff', label: 'Diff', extensions: ['diff', 'patch'] },
  { id: 'go', label: 'Go', extensions: ['go'] },
  { id: 'graphql', label: 'GraphQL', extensions: ['graphql', 'gql'] },
  { id: 'xml', label: 'HTML, XML', extensions: ['html', 'htm', 'xml'] },
  { id: 'ini', label: 'INI, TOML', extensions: ['ini', 'toml', 'properties'] },
  { id: 'java', label: 'Java', extensions: ['java'] },
  { id: 'javascript', label: 'JavaScript', extensions: ['js', 'mjs', 'cjs', 'jsx'] },
  { id: 'json', label: 'JSON', extensions: ['json', 'webmanifest', 'geojson'] },
  { id: 'kotlin', label: 'Kotlin', extensions: ['kt', 'kts'] },
  { id: 'less', label: 'Less', extensions: ['less'] },
  { id: 'lua', label: 'Lua', extensions: ['lua'] },
  { id: 'perl', label: 'Perl', extensions: ['pl', 'pm'] },
  { id: 'php', label: 'PHP', extensions: ['php'] },
  { id: 'python', label: 'Python', extensions: ['py'] },
  { id: 'r', label: 'R', extensions: ['r'] },
  { id: 'ruby', label: 'Ruby', extensions: ['rb'] },
  { id: 'rust', label: 'Rust', extensions: ['rs'] },
  { id: 'scss', label: 'SCSS', extensions: ['scss'] },
  { id: 'sql', label: 'SQL', extensions: ['sql'] },
  { id: 'swift', label: 'Swift', extensions: ['swift'] },
  { id: 'typescript', label: 'TypeScript', extensions: ['ts', 'tsx', 'mts', 'cts'] },
  { id: 'vbnet', label: 'Visual Basic', extensions: ['vb'] },
  { id: 'yaml', label: 'YAML', extensions: ['yaml', 'yml'] }
]

const BY_EXTENSION = new Map(TEXT_LANGUAGES.flatMap(({ id, extensions }) => extensions.map(extension => [extension, id])))

/** The id of a file's language by its name; undefined for what is no text. */
export const languageOfName = (name: string): string | undefined => BY_EXTENSION.get(/\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? '')

/** How a new text is called: by its name, or else `unnamed`, with an extension of its language unless the name has one that tells more. */
export function nameOfText (name: string, language: string, unnamed: string): string {
  const own = name === '' ? unnamed : name
  const known = languageOfName(own)
  if (known !== undefined && (known === language || language === 'plain')) return own
  return `${own}.${TEXT_LANGUAGES.find(({ id }) => id === language)?.extensions[0] ?? 'txt'}`
}

/** The text of bytes: UTF-8, UTF-16 with its mark, or else what Windows wrote before both. */
export function decodeText (bytes: Buffer): string {
  const mark = bytes.toString('latin1', 0, 2)
  if (mark === '\xff\xfe' || mark === '\xfe\xff') return new TextDecoder(mark === '\xff\xfe' ? 'utf-16le' : 'utf-16be').decode(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    // In one step Node 20 to 24 would read it as Latin-1.
    return new TextDecoder('windows-1252').decode(bytes, { stream: true })
  }
}

/** Makes texts readable, elsewhere: it may take long, or fail. */
export interface TextFormatter {
  /** HTML in which nothing of the text is a tag or an attribute of its own; undefined when it takes too long or becomes too long. */
  format (language: string, text: Buffer): Promise<string | undefined>
  /** Ends what it does. */
  close (): void
}
