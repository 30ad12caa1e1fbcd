/** A text in a line of Markdown, as code, at most 200 characters. */
export const inlineCode = (text: string): string => text === '' ? 'nothing' : `\`${text.replaceAll('`', "'").replaceAll('\n', ' ').slice(0, 200)}\``
