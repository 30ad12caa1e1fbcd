/** What reads input of strangers takes time by its length: for twice of it at most three times as long. */
// Runs alone.
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import t from 'tap'
import { elementsOf } from '../../src/adapters/blobs/s3-progress.ts'
import { fileReferences } from '../../src/api/params.ts'
import { isOutdated } from '../../src/domain/accounts/app-version.ts'
import { isEmail, splitList, withoutRepeats } from '../../src/domain/mail/email.ts'
import { cleanFileName } from '../../src/domain/files/file-name.ts'
import { readTypes } from '../../src/domain/files/file-request.ts'
import { pathsOf } from '../../src/domain/files/folder.ts'
import { readFileReference, readFolderReference } from '../../src/domain/files/link.ts'
import { findBrokenRule } from '../../src/domain/accounts/registration.ts'
import { cutToBytes } from '../../src/domain/text-limit.ts'
import { corruptResponse } from '../../src/emulator/faults/corrupt-response.ts'
import { matchesWildcard } from '../../src/emulator/traffic/wildcard.ts'
import { bufferBody } from '../../src/emulator/traffic/buffered-body.ts'
import { createSecretMasker } from '../../src/emulator/journal/mask-secrets.ts'
import { readQuery } from '../../src/http/request/query.ts'
import { readMetadata } from '../../src/http/wire/tus.ts'
import { fieldsOf } from '../../src/http/request/small-body.ts'
import { nearest } from '../../src/settings/nearest.ts'
import { recognizeBody } from '../../src/transfer/body-format.ts'
import { createForm } from '../../src/transfer/form.ts'
import { readPartHeaders } from '../../src/transfer/part-headers.ts'
import { fileView } from '../../src/web/components/file-view.ts'
import { ENGLISH } from '../../src/web/i18n/translations.ts'
import { shareMail } from '../../src/mail/templates.ts'
import { escapeXml } from '../../src/xml.ts'
import { growthOf } from '../support/time-growth.ts'

const OWN = ['http://files.example']
const masker = createSecretMasker(Buffer.alloc(32))

/** For a length, the work; the input is made before. */
type Work = (length: number) => () => unknown
const of = (make: (length: number) => string, work: (text: string) => unknown): Work => length => {
  const text = make(length)
  return () => work(text)
}
const repeated = (text: string, end = '') => (length: number) => text.repeat(Math.ceil(length / text.length)) + end

const WORKS: Readonly<Record<string, Work>> = {
  'a pattern with many stars': of(repeated('*a', '*b'), text => matchesWildcard(text, text.replaceAll('*', ''))),
  'a pattern with one long part': of(repeated('a'), text => matchesWildcard(`*${text.slice(0, text.length / 2)}b*`, text)),
  'a pattern that has its own beginning in it': of(repeated('ab'), text => matchesWildcard(`*${'ab'.repeat(text.length / 8)}c*`, text)),
  'a link of many links': of(repeated('/file/aaaaaa', '\n.'), text => readFileReference(`http://x${text}`, OWN)),
  'a link with a long host': of(repeated(':1'), text => readFolderReference(`http://${text}/folder/aaaaaa`, OWN)),
  'many links': of(repeated('http://x/file/a,'), text => { try { return fileReferences.read(text, 'file_id', OWN) } catch { return undefined } }),
  'fields of a form without an end': of(repeated('; name=a\n'), text => fieldsOf(Buffer.from(`--X\r\n${text}`), 'multipart/form-data; boundary=X')),
  'a field of a form in one long line': of(repeated('a'), text => fieldsOf(Buffer.from(`--X\r\nContent-Disposition: form-data; name=${text}`), 'multipart/form-data; boundary=X')),
  'a first line of blanks': of(repeated(' '), text => recognizeBody('POST', '', Buffer.from(`--${text}`))),
  'a Content-Type of semicolons': of(repeated('; '), text => recognizeBody('POST', `multipart/x${text}`, Buffer.alloc(0))),
  'headers of a part with escaped quotes': of(repeated('\\"  '), text => readPartHeaders(Buffer.from(`content-disposition: form-data; name="${text}`))),
  'headers of a part in folded lines': of(repeated('\r\n \t'), text => readPartHeaders(Buffer.from(`content-disposition: form-data;${text}`))),
  'a name of dots and slashes': of(repeated('./'), cleanFileName),
  'a long name without an extension': of(repeated('字'), cleanFileName),
  'an address of many labels': of(repeated('a.'), text => isEmail(`a@${text}`)),
  'a list of addresses': of(repeated('a@b.c,'), text => withoutRepeats(splitList(text).filter(isEmail))),
  'a full name of marks': of(repeated('a\u0301\u0301'), text => findBrokenRule({ userName: 'alice', fullName: text, email: 'a@example.org', password: '' }, 'later')),
  'a full name without a shape': of(repeated(' \u200C\u0301'), text => findBrokenRule({ userName: 'alice', fullName: text, email: 'a@example.org', password: '' }, 'people')),
  'a version of many numbers': of(repeated('1.'), text => isOutdated(text, 'KEY', new Map([['*', '1.1']]))),
  'types of a request': of(repeated('*.a,'), readTypes),
  'a text that is cut': of(repeated('字'), text => cutToBytes(text, 4096)),
  'a query of many parameters': of(repeated('a=%41&'), readQuery),
  'metadata of an upload in pieces': of(length => repeated('a YQ==,')(Math.min(length, 64_000)), readMetadata),
  'fields of a query': of(repeated('amp;'), text => createForm(new Map([[text, text]]))),
  'a name that is like no other': of(repeated('a'), text => nearest(text, ['auth.createToken', 'files.getInfo'])),
  'a damaged answer with many blanks': of(repeated(' ', 'x'), text => corruptResponse({ body: Buffer.from(`<a>${text}`), status: 200, headers: {} }, 'invalid', undefined)),
  'secrets in an answer': of(repeated(' password="a" token=b '), text => masker.text(text)),
  'a list of a store without ends': of(repeated('<Part>'), text => elementsOf(text, 'Part')),
  'a list of a store': of(repeated('<Part>1</Part>'), text => elementsOf(text, 'Part')),
  'the name of a file on its page': of(repeated('.a '), text => fileView(ENGLISH, { name: text, size: 1, description: text })),
  'a mail with a long message': of(repeated(' \r'), text => shareMail({ words: ENGLISH, color: '#000000', hasLogo: false, url: '' }, { name: text }, [{ name: text, link: 'http://x' }], text)),
  'an attribute of XML': of(repeated('&<'), escapeXml),
  'the paths of nested folders': length => {
    const depth = 31
    const folders = Array.from({ length: Math.ceil(length / 10) }, (_, i) => ({
      id: `f${i}`, parentId: i === 0 ? '0' : `f${Math.min(i, depth) - 1}`, name: 'x'.repeat(255), isShared: false
    }))
    return () => pathsOf(folders)
  }
}

for (const [name, work] of Object.entries(WORKS)) {
  t.test(name, async t => {
    const ratio = growthOf(work)
    t.ok(ratio <= 3, `twice the input takes ${ratio.toFixed(1)} times as long`)
  })
}

t.test('a form that comes in single bytes is looked at a bounded number of times', async t => {
  const looksAt = (length: number): number => {
    const request = new IncomingMessage(new Socket())
    const body = bufferBody(request)
    let looks = 0
    body.peek(length, bytes => { looks += bytes.length; return false }).catch(() => undefined)
    for (let i = 0; i < length; i++) request.push(Buffer.from(i % 2 === 0 ? 'x' : '\n'))
    request.push(null)
    return looks
  }
  const ratio = looksAt(16_000) / looksAt(8000)
  t.ok(ratio <= 3, `twice the bytes are looked at ${ratio.toFixed(1)} times as much`)
})
