/** client.xml: values from answers come back unchanged. */
import { createNewestMap } from '../../domain/newest-map.ts'
import { attributesOf, elementsOf } from './answer-text.ts'
import type { Seen, Watcher, WatcherOptions } from './seen.ts'

const MAX_NAMES = 5000
/** Parameters in which a client sends a name. */
const NAME_PARAMETERS = new Set(['name', 'full_name', 'description', 'file_name', 'filename', 'userfile'])

export function watchNames ({ tell }: WatcherOptions): Watcher {
  const names = createNewestMap<string>(MAX_NAMES)
  /** Names by their misread forms. */
  const mangled = createNewestMap<string>(MAX_NAMES)

  function see (seen: Seen): void {
    const { entry, params, text } = seen
    const sent = [...[...params].filter(([name]) => NAME_PARAMETERS.has(name)).map(([, value]) => value), ...entry.request.files.map(({ name }) => name)]
    for (const value of sent) {
      const name = names.get(value) === undefined ? mangled.get(value) : undefined
      if (name !== undefined) tell('client.xml/name-mangled', seen, `${JSON.stringify(name)} came back as ${JSON.stringify(value)}`)
    }
    for (const name of [...attributesOf(text, 'name'), ...elementsOf(text, 'file_name')]) {
      names.set(name, name)
      for (const wrong of wrongReadings(name)) mangled.set(wrong, name)
    }
  }

  return {
    see,
    forget () {
      names.clear()
      mangled.clear()
    }
  }
}

const ENTITIES: ReadonlyArray<readonly [string, string, string]> = [['&', '&amp;', '&#38;'], ['<', '&lt;', '&#60;'], ['>', '&gt;', '&#62;'], ['"', '&quot;', '&#34;']]
const escaped = (text: string, column: 1 | 2): string => ENTITIES.reduce((rest, row) => rest.replaceAll(row[0], row[column]), text)

/** The forms of a name with special characters in readers that ignore the entities or the charset. */
function wrongReadings (name: string): string[] {
  if (!/[&<>"]|[^\x00-\x7f]/.test(name)) return []
  const bytes = Buffer.from(name, 'utf8')
  const readings = [
    escaped(name, 1),
    escaped(escaped(name, 1), 1),
    name.replaceAll('&', '&amp;'),
    // UTF-8 read as Latin-1 or Windows-1252, Latin-1 read as UTF-8, and the rest in ASCII.
    bytes.toString('latin1'),
    new TextDecoder('windows-1252').decode(bytes),
    Buffer.from(name, 'latin1').toString('utf8'),
    name.replace(/[^\x00-\x7f]/g, '?'),
    name.replace(/[^\x00-\x7f]/g, ''),
    name.normalize('NFC') === name ? name.normalize('NFD') : name.normalize('NFC'),
    name.replace(/[&<>"]/g, '')
  ]
  return readings.filter(reading => reading !== name && reading !== '')
}
