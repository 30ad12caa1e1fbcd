/** The thrown value as an Error: JavaScript can throw anything. */
export const asError = (thrown: unknown): Error => thrown instanceof Error ? thrown : new Error(String(thrown))

/** What it says, for a sentence. Where a name has several addresses Node says nothing but a code. */
export function reasonOf (thrown: unknown): string {
  const error = asError(thrown)
  return error.message || ('code' in error ? String(error.code) : error.name)
}
