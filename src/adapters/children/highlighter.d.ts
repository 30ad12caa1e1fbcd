/** Of highlight.js what is used here. */
export const highlighter: {
  highlight (code: string, options: { readonly language: string, readonly ignoreIllegals: boolean }): { readonly value: string }
  getLanguage (name: string): object | undefined
}
