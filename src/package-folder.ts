/**
 * Where this package is. The build puts many modules into few files in `dist/`, so only a file that stands at the top of `src/`
 * may say this: from there the way is the same in both.
 */

/** The folder with package.json and `migrations/`. */
export const PACKAGE_FOLDER = new URL('../', import.meta.url)

/** The folder with the program: `src/` or `dist/`. */
export const PROGRAM_FOLDER = new URL('./', import.meta.url)
