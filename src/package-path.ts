/** Where the files lie that come with the program. */
import { fileURLToPath } from 'node:url'

/** The path of a file next to `src/` and `dist/`; this file and its build are directly in them. */
export const packagePath = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url))
