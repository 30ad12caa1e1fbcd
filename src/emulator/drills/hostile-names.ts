/** Names that break clients which concatenate texts, cut them, or decode them twice. */

/** Twenty names, each for another kind of client; three more files share one name. */
export const HOSTILE_NAMES: readonly string[] = [
  // XML, plain and already escaped.
  'Tom & Jerry.txt', 'a < b > c.txt', '"quoted" \'single\'.txt', 'R&amp;D &#65;.txt', ']]>.txt',
  // URLs, plain and already encoded.
  '100 %.txt', '50%25 off%2F.txt', 'one+two.txt', 'a=b&c=d.txt', 'what? #1.txt',
  // Headers and lists.
  'semi;colon,comma.txt', 'filename="x".txt',
  // Shells and command lines.
  '-rf', '$(id) `id` $HOME.txt', '.hidden',
  // Characters: composed, decomposed, of three and of four bytes, and two spaces, which XML preserves.
  'Gr\u00fc\u00dfe.txt', 'Gru\u0308\u00dfe.txt', '\u65e5\u672c\u8a9e.txt', '\u{1f98a} fox.txt', 'two  spaces.txt'
]

/** The name that three files share. */
export const SHARED_NAME = 'same name.txt'
export const SHARED_COUNT = 3

/** For the uploaded file: shells, forms and XML must be able to carry it. curl ends a name at `;` and `,`. */
export const HOSTILE_FILE = 'Gr\u00fc\u00dfe & <100%25> \'a\'+b \u{1f98a}.bin'
