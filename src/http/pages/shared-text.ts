/** What a phone shares into the site (the share target of the manifest): texts beside files describe them, alone they are a file. */
import type { Form } from '../../transfer/form.ts'
import type { TextFile } from '../../transfer/incoming.ts'
import { SHARED_FIELDS } from '../../web/components/manifest.ts'

/** The text as a file, undefined when there are files or nothing was said; `untitled` names one without a title. */
export function readSharedText (form: Form, files: number, untitled: string): TextFile | undefined {
  const [title, text, url] = [SHARED_FIELDS.title, SHARED_FIELDS.text, SHARED_FIELDS.url].map(name => form.get(name).replace(/\r\n?/g, '\n').trim()) as [string, string, string]
  // Apps put an address into the text, beside it, or both.
  const whole = [text, text.includes(url) ? '' : url].filter(part => part !== '').join('\n')
  const said = whole === '' ? title : whole
  if (said === '') return undefined
  if (files > 0) {
    if (!form.has('description')) form.set('description', said)
    return undefined
  }
  return { name: `${(title || untitled).replace(/[/\\]+/g, '-')}.txt`, text: `${said}\n` }
}
