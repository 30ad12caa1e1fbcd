/** The process that renders Markdown and colours code. Its HTML is shown in a sandbox; see docs/security.md. */
import markdownIt, { type Token } from 'markdown-it'
import { decodeText } from '../../domain/files/text-language.ts'
import { highlighter } from './highlighter.js'
import { serveJobs } from './serve-jobs.ts'

/** Bytes of the whole process. */
const MOST_MEMORY = 512 * 1024 * 1024
/** Characters of HTML that browsers still show at once. */
const LONGEST = 8 * 1024 * 1024

const markdown = markdownIt({ html: false, linkify: true, highlight: (code, language) => highlighter.getLanguage(language) ? colour(code, language) : '' })
const { rules } = markdown.renderer

// Out of the sandbox, into a tab that does not know where it came from. An address within our pages was not meant.
rules.link_open = (tokens, index, options, _env, self) => {
  const token = tokens[index]
  if (token !== undefined && !isOutside(token.attrGet('href'))) token.attrs = []
  token?.attrSet('rel', 'noopener noreferrer nofollow ugc')
  token?.attrSet('target', '_blank')
  return self.renderToken(tokens, index, options)
}

// An image would tell its server who reads: it is a link, or its text inside of one.
rules.image = (tokens, index, options, env, self) => {
  const token = tokens[index]
  const source = String(token?.attrGet('src') ?? '')
  const text = self.renderInlineAsText(token?.children ?? [], options, env)
  const shown = markdown.utils.escapeHtml(text === '' ? source.slice(0, 200) : text)
  if (isInLink(tokens, index) || !isOutside(source)) return `<span class="image">${shown}</span>`
  return `<a class="image" href="${markdown.utils.escapeHtml(source)}" rel="noopener noreferrer nofollow ugc" target="_blank">${shown}</a>`
}
// Styles of elements are not allowed in the sandbox.
rules.th_open = rules.td_open = (tokens, index, options, _env, self) => {
  const token = tokens[index]
  const side = /center|right/.exec(String(token?.attrGet('style')))?.[0]
  if (token !== undefined) token.attrs = side === undefined ? [] : [['class', side]]
  return self.renderToken(tokens, index, options)
}
rules.table_open = () => '<div class="table"><table>'
rules.table_close = () => '</table></div>'

await serveJobs(async (language, bytes) => {
  const text = decodeText(bytes)
  const html = language === 'markdown' ? `<article>${markdown.render(text)}</article>` : code(text, language)
  if (html.length > LONGEST) throw new Error('it becomes too long')
  return Buffer.from(html)
}, MOST_MEMORY)

function isOutside (address: string | number | null): boolean {
  return /^(?:https?:\/\/|mailto:)/i.test(String(address))
}

function isInLink (tokens: readonly Token[], index: number): boolean {
  return tokens.slice(0, index).reduce((depth, { type }) => depth + (type === 'link_open' ? 1 : type === 'link_close' ? -1 : 0), 0) > 0
}

function colour (text: string, language: string): string {
  return highlighter.highlight(text, { language, ignoreIllegals: true }).value
}

/** With the numbers of its lines, which are not copied with it. */
function code (text: string, language: string): string {
  const lines = text.replace(/\n$/, '').split('\n').length
  const numbers = Array.from({ length: lines }, (_, line) => line + 1).join('\n')
  return `<div class="code"><pre class="numbers" aria-hidden="true">${numbers}</pre><pre class="text"><code>${colour(text, language)}</code></pre></div>`
}
