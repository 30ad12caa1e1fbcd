/** Where the files lie that come with the program. */
import { fileURLToPath } from 'node:url'

/** The path of one beside `src/` and `dist/`; this file and what is built of it are each right below them. */
export const packagePath = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url))
