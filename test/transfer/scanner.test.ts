import busboy from 'busboy'
import fc from 'fast-check'
import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import t from 'tap'
import { createScanner } from '../../src/transfer/multipart-scanner.ts'
import { readPartHeaders } from '../../src/transfer/part-headers.ts'

interface Part { readonly name: string, readonly fileName: string | undefined, content: string }

/** What a body holds when it comes in pieces of these sizes, again and again. */
function scan (body: Buffer, boundary: string, sizes: readonly number[] = [65536]): Part[] {
  const scanner = createScanner(boundary)
  const parts: Part[] = []
  let open: { headers: Buffer, bytes: Buffer[] } | undefined
  const take = (events: ReturnType<typeof scanner.push>) => {
    for (const event of events) {
      if (event.type === 'part') open = { headers: event.headers, bytes: [] }
      else if (event.type === 'data') open?.bytes.push(event.bytes)
      else if (open !== undefined) parts.push({ ...readPartHeaders(open.headers), content: Buffer.concat(open.bytes).toString('latin1') })
    }
  }
  for (let at = 0, i = 0; at < body.length; i++) {
    const size = sizes[i % sizes.length] ?? 1
    take(scanner.push(body.subarray(at, at + size)))
    at += size
  }
  take(scanner.end())
  return parts
}

/** The same by a parser that the scanner is held against. */
async function scanByOracle (body: Buffer, boundary: string): Promise<Part[]> {
  const parts: Part[] = []
  const oracle = busboy({ headers: { 'content-type': `multipart/form-data; boundary=${boundary}` }, defParamCharset: 'utf8' })
  oracle.on('field', (name, value) => parts.push({ name: name.toLowerCase(), fileName: undefined, content: Buffer.from(value, 'utf8').toString('latin1') }))
  oracle.on('file', (name, stream, { filename }) => {
    const part: Part = { name: name.toLowerCase(), fileName: filename, content: '' }
    parts.push(part)
    stream.on('data', (chunk: Buffer) => { part.content += chunk.toString('latin1') })
  })
  await finished(Readable.from([body]).pipe(oracle))
  return parts
}

const BOUNDARY = '----Form1'
/** Content made to hurt: pieces of delimiters, line breaks, dashes. */
const content = fc.array(fc.constantFrom('\r', '\n', '\r\n', '--', '-', BOUNDARY.slice(0, 6), `\r\n--${BOUNDARY.slice(0, -1)}`, `--${BOUNDARY.slice(1)}`, 'a', 'xyz', '\u0000', ' '))
  .map(pieces => pieces.join(''))
  // A whole delimiter in a file is one: no parser can tell, so no client may send it.
  .filter(text => !`\n${text}`.includes(`\n--${BOUNDARY}`))
const body = (parts: readonly string[], end = `--${BOUNDARY}--\r\n`) =>
  Buffer.from(parts.map((text, i) => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="f${i}"; filename="n${i}"\r\nContent-Type: application/octet-stream\r\n\r\n${text}\r\n`).join('') + end, 'latin1')

t.test('whatever the files hold and however the body is cut, the scanner and busboy agree', async t => {
  await fc.assert(fc.asyncProperty(
    fc.array(content, { minLength: 1, maxLength: 4 }), fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 6 }),
    async (parts, sizes) => {
      const sent = body(parts)
      const found = scan(sent, BOUNDARY, sizes)
      t.strictSame(found.map(part => part.content), parts)
      t.strictSame(found, await scanByOracle(sent, BOUNDARY))
    }), { numRuns: 300 })
})

t.test('a body cut anywhere never gives a shorter file', async t => {
  const sent = body(['hello', 'world'])
  // A body may end with a bare delimiter (a client forgot the dashes): the files before it are whole.
  const endsWithDelimiter = /(?:^|\r\n)------Form1(?:-|--)?\r?\n?$/
  for (let length = 0; length <= sent.length; length++) {
    const cut = sent.subarray(0, length)
    const whole = ['hello', 'world'].filter(text => cut.includes(`${text}\r\n--${BOUNDARY}`))
    if (endsWithDelimiter.test(cut.toString())) t.strictSame(scan(cut, BOUNDARY).map(part => part.content), whole, `cut at ${length}`)
    else t.throws(() => scan(cut, BOUNDARY), /ends before its last delimiter/, `cut at ${length}`)
  }
})

t.test('what published clients get wrong is understood', async t => {
  const headers = 'Content-Disposition: form-data; name="userfile"; filename="a.txt"\r\nContent-Type: "application/octet-stream"\r\n\r\n'
  const file = (text: string, sizes?: number[]) => scan(Buffer.from(text, 'latin1'), 'B', sizes).filter(part => part.fileName !== undefined).map(part => part.content)
  const cases: Array<[string, string]> = [
    ['LF everywhere', `--B\n${headers.replaceAll('\r', '')}hello\n--B--\n`],
    ['LF in the delimiters only', `--B\n${headers}hello\n--B--\n`],
    ['a preamble', `ignored\r\nlines\r\n--B\r\n${headers}hello\r\n--B--\r\n`],
    ['a line break before the first delimiter', `\r\n--B\r\n${headers}hello\r\n--B--`],
    ['blanks after the delimiter', `--B  \r\n${headers}hello\r\n--B-- \t\r\n`],
    ['one closing dash', `--B\r\n${headers}hello\r\n--B-\r\n`],
    ['no closing dashes', `--B\r\n${headers}hello\r\n--B`],
    ['no closing dashes, but a line break', `--B\r\n${headers}hello\r\n--B\r\n`],
    ['other bytes for closing dashes', `--B\r\n${headers}hello\r\n--B**garbage`],
    ['an epilogue', `--B\r\n${headers}hello\r\n--B--\r\n${'bye '.repeat(100)}`],
    ['folded headers', `--B\r\n${headers.replace('; filename', ';\r\n filename')}hello\r\n--B--`],
    ['a missing first boundary', `${headers}lost\r\n--B\r\n${headers}hello\r\n--B--`]
  ]
  for (const [name, text] of cases) {
    t.strictSame(file(text), ['hello'], name)
    t.strictSame(file(text, [1]), ['hello'], `${name}, byte by byte`)
  }
})

t.test('a line that only looks like the last delimiter belongs to the file', async t => {
  for (const line of ['--Bxyz', '--B--xyz', '--B-', '--B\rx']) {
    const file = `before\r\n${line}${'after'.repeat(20)}`
    const sent = Buffer.from(`--B\r\nContent-Disposition: form-data; name="f"; filename="n"\r\n\r\n${file}\r\n--B--\r\n`)
    for (const sizes of [[65536], [1], [7]]) t.strictSame(scan(sent, 'B', sizes).map(part => part.content), [file], `${line} in pieces of ${sizes}`)
  }
})

t.test('a line that begins like a delimiter belongs to the file wherever a right delimiter follows', t => {
  const wrong: unknown[] = []
  let tried = 0
  const looks = ['--Xmore', '--X--more', '--X-', '--X-- more', '--X\rmore', '--X*', '--X--X', '--Xa\r\n--Xb', '--X--\rq', '--X\t-']
  for (const lineBreak of ['\r\n', '\n']) {
    for (const end of [`${lineBreak}--X--${lineBreak}`, `${lineBreak}--X--`, `${lineBreak}--X${lineBreak}`]) {
      for (const look of looks) {
        // From right before the last delimiter to further away than any wrong ending is looked for.
        for (let distance = 0; distance <= 80; distance += distance < 4 || distance > 55 ? 1 : 7) {
          const file = `hello${lineBreak}${look}${'z'.repeat(distance)}`
          const sent = Buffer.from(`--X${lineBreak}Content-Disposition: form-data; name="f"; filename="n"${lineBreak}${lineBreak}${file}${end}`)
          for (const sizes of [[65536], [1], [3, 5]]) {
            const found = scan(sent, 'X', sizes).map(part => part.content)
            if (found[0] !== file || found.length !== 1) wrong.push({ sent: sent.toString(), sizes, found })
            tried++
          }
        }
      }
    }
  }
  t.strictSame(wrong, [], 'every file comes out whole')
  t.ok(tried > 5000, `${tried} bodies`)
  t.end()
})

t.test('a body split at any two places gives the same files', t => {
  const wrong: unknown[] = []
  for (const lineBreak of ['\r\n', '\n']) {
    const files = [`one${lineBreak}--Xmore`, '', `${lineBreak}--X-`, 'last\r']
    const sent = Buffer.from(files.map(file => `--X${lineBreak}Content-Disposition: form-data; name="f"; filename="n"${lineBreak}${lineBreak}${file}${lineBreak}`).join('') + '--X--')
    for (let first = 1; first < sent.length; first++) {
      for (let second = 1; first + second < sent.length; second += 3) {
        const found = scan(sent, 'X', [first, second, sent.length]).map(part => part.content)
        if (JSON.stringify(found) !== JSON.stringify(files)) wrong.push({ lineBreak, first, second, found })
      }
    }
    t.strictSame(scan(sent, 'X').map(part => part.content), files, JSON.stringify(lineBreak))
  }
  t.strictSame(wrong, [])
  t.end()
})

t.test('the last wrong delimiter ends a body in which no right one follows', t => {
  const files = (text: string) => scan(Buffer.from(`--X\r\nContent-Disposition: form-data; name="f"; filename="n"\r\n\r\n${text}`), 'X').map(part => part.content)
  t.strictSame(files('hello\r\n--Xmore'), ['hello'])
  t.strictSame(files('hello\r\n--Xmore\r\n--X**'), ['hello\r\n--Xmore'])
  t.strictSame(files(`hello\r\n--X${'*'.repeat(64)}`), ['hello'])
  t.throws(() => files(`hello\r\n--X${'*'.repeat(65)}`), /ends before its last delimiter/, 'longer than a wrong ending')
  t.end()
})

t.test('a line that only LF precedes belongs to the file where the delimiters of its client end with CRLF', async t => {
  const headers = 'Content-Disposition: form-data; name="f"; filename="n"'
  const lines = ['--X', '--X--', '--X\r\n', '--X\n', '--X--\r\n', '--X-- \n', '--Xmore', '--X--more', `--X\r\n${headers}\r\n\r\n`, `--X\n${headers}\n\n`, '--X\r\n\r\n']
  for (const before of ['', 'hello', '\n', '\r\n']) {
    for (const after of ['', '\n', 'more', '\n--X--', 'z'.repeat(70), 'z'.repeat(5000)]) {
      for (const line of lines) {
        const file = `${before}\n${line}${after}`
        if (file.includes('\r\n--X')) continue
        const sent = Buffer.from(`--X\r\n${headers}\r\nContent-Type: application/octet-stream\r\n\r\n${file}\r\n--X--\r\n`)
        const expected = (await scanByOracle(sent, 'X')).map(part => part.content)
        if (expected.join() !== file) t.fail(`the strict parser does not take ${JSON.stringify(file)}`)
        for (const sizes of [[65536], [1], [7, 2]]) {
          const found = scan(sent, 'X', sizes).map(part => part.content)
          if (found.join('|') !== file) t.fail(JSON.stringify({ file: file.slice(0, 200), sizes, found: found.map(text => text.slice(0, 100)) }))
        }
      }
    }
  }
})

t.test('where no strict parser would find an end, LF and CRLF may be mixed', t => {
  const breaks = ['\n', '\r\n']
  for (const first of breaks) {
    for (const inner of breaks) {
      for (const middle of breaks) {
        for (const end of ['\n--X--', '\n--X--\n', '\n--X--\r\n', '\n--X']) {
          const part = (text: string) => `Content-Disposition: form-data; name="f"; filename="n"${inner}${inner}${text}`
          const sent = Buffer.from(`--X${first}${part('hello')}\n--X${middle}${part('world')}${end}`)
          for (const sizes of [[65536], [1], [5]]) t.strictSame(scan(sent, 'X', sizes).map(found => found.content), ['hello', 'world'], JSON.stringify(sent.toString()))
        }
      }
    }
  }
  t.end()
})

t.test('how far a delimiter is looked past does not hang on how the body is cut', t => {
  const part = 'Content-Disposition: form-data; name="f"; filename="n"\r\n\r\n'
  for (const distance of [16_000, 16_384, 16_500, 17_000, 40_000]) {
    const sent = Buffer.from(`--X\r\n${part}hello\n--X\r\n${part}${'z'.repeat(distance)}\r\n--X--`)
    const whole = scan(sent, 'X').map(({ content }) => content)
    t.equal(whole.length, distance < 16_300 ? 1 : 2, String(distance))
    for (const sizes of [[1000], [16_384], [13]]) t.strictSame(scan(sent, 'X', sizes).map(({ content }) => content), whole, `${distance} in pieces of ${sizes}`)
  }
  t.end()
})

t.test('what stands where headers belong and has none is no part: the file before it would lack it', t => {
  for (const sizes of [[65536], [1]]) {
    const cut = (rest: string) => scan(Buffer.from(`--X\r\nContent-Disposition: form-data; name="f"; filename="n"\r\n\r\nhello\r\n--X\r\n${rest}\r\n--X--`), 'X', sizes)
    t.throws(() => cut('more\r\n\r\nand more'), /headers of a part cannot be read/)
    t.throws(() => cut('more'), /ends before its last delimiter/)
    t.equal(cut('Content-Type: text/plain\r\n\r\nand more').length, 2)
    t.equal(cut('\r\nand more').length, 2, 'no headers at all')
  }
  t.end()
})

t.test('a carriage return that ends a file stays where delimiters end with LF alone', t => {
  const sent = (opening: string, headers: string, closing: string) =>
    Buffer.from(`--X${opening}Content-Disposition: form-data; name="f"; filename="n"${headers}${headers}hello\r${closing}`)
  for (const sizes of [[65536], [1]]) {
    const only = (body: Buffer) => scan(body, 'X', sizes)[0]?.content
    t.equal(only(sent('\n', '\n', '\n--X--\n')), 'hello\r')
    t.equal(only(sent('\n', '\n', '\n--X--')), 'hello\r')
    t.equal(only(sent('\n', '\r\n', '\n--X--\n')), 'hello\r')
    t.equal(only(sent('\n', '\r\n', '\n--X--\r\n')), 'hello', 'the client writes CRLF after all')
    t.equal(only(sent('\r\n', '\r\n', '\n--X--\r\n')), 'hello')
  }
  t.end()
})

t.test('a part without headers and bytes is none', async t => {
  const file = '--X\r\nContent-Disposition: form-data; name="f"; filename="n"\r\n\r\nhello\r\n'
  for (const sizes of [[65536], [1]]) {
    t.strictSame(scan(Buffer.from(`--X\r\n${file}--X\r\n--X--\r\n`), 'X', sizes).map(part => part.content), ['hello'])
    t.strictSame(scan(Buffer.from('--X\r\n--X--\r\n'), 'X', sizes), [])
  }
})

t.test('headers of a part end within 16 KiB', async t => {
  const sent = (length: number) => Buffer.from(`--B\r\nX: ${'a'.repeat(length - 5)}\r\n\r\nhello\r\n--B--\r\n`)
  t.equal(scan(sent(16 * 1024), 'B').length, 1)
  t.throws(() => scan(sent(16 * 1024 + 1), 'B'), /longer than 16 KiB/)
  t.throws(() => scan(sent(1024 * 1024), 'B', [4096]), /longer than 16 KiB/)
})

t.test('part headers are read as clients write them', async t => {
  const read = (header: string | Buffer) => readPartHeaders(Buffer.from(header))
  const disposition = (rest: string) => read(`Content-Disposition: form-data; ${rest}`)
  t.strictSame(disposition('name="UserFile"; filename="a b.txt"'), { name: 'userfile', fileName: 'a b.txt' })
  t.strictSame(disposition('name=userfile; filename=my file.txt'), { name: 'userfile', fileName: 'my file.txt' })
  t.equal(disposition('name="f"; filename="C:\\dir\\y.txt"').fileName, 'C:\\dir\\y.txt')
  t.equal(disposition('name="f"; filename="a\\"b.txt"').fileName, 'a"b.txt')
  t.equal(disposition('name="f"; filename="a%22b%0D%0Ac.txt"').fileName, 'a"b\r\nc.txt')
  t.equal(disposition('name="f"; filename="x"; filename*=utf-8\'\'%e2%82%ac.txt').fileName, '€.txt')
  t.equal(disposition('name="f"; filename="größe 😀.txt"').fileName, 'größe 😀.txt')
  t.equal(disposition('name="f"; filename="a;b.txt"').fileName, 'a;b.txt')
  t.equal(disposition('name="f"; filename=""').fileName, '')
  t.equal(disposition('name="description"').fileName, undefined)
  t.equal(read(Buffer.from('Content-Disposition: form-data; name="f"; filename="gr\xf6\xdfe.txt"', 'latin1')).fileName, 'größe.txt', 'Windows-1252')
  t.equal(read('Content-Disposition: form-data; name="f"\r\nContent-Type: application/octet-stream').fileName, '', 'a file without a name')
  t.strictSame(read(''), { name: '', fileName: undefined })
})

t.test('file names are read in every encoding that clients use', t => {
  const names: ReadonlyArray<readonly [client: string, parameters: string | Buffer, name: string]> = [
    ['browsers, raw UTF-8', 'filename="größe 😀.txt"', 'größe 😀.txt'],
    ['browsers, a quote and line breaks', 'filename="a%22b%0D%0Ac.txt"', 'a"b\r\nc.txt'],
    ['browsers, a name that holds an escape: only those three are decoded', 'filename="100%25 a%20b %C3%A9.txt"', '100%25 a%20b %C3%A9.txt'],
    ['Go and curl, a quote', 'filename="a\\"b.txt"', 'a"b.txt'],
    ['Internet Explorer, a path', 'filename="C:\\dir\\y.txt"', 'C:\\dir\\y.txt'],
    ['old browsers and shell scripts, raw Latin-1', Buffer.from('filename="gr\xf6\xdfe.txt"', 'latin1'), 'größe.txt'],
    ['old browsers on Windows, raw Windows-1252', Buffer.from('filename="\x80 \x96 1.txt"', 'latin1'), '€ – 1.txt'],
    [".NET's HttpClient", 'filename="=?utf-8?B?Z3LDtsOfZS50eHQ=?="', 'größe.txt'],
    [".NET's HttpClient, both forms", "filename=\"=?utf-8?B?w6k=?=\"; filename*=utf-8''%C3%A9", 'é'],
    ['.NET, a slash in the base64', 'filename="=?utf-8?B?Pz8/w78/?="', '???ÿ?'],
    ['mail libraries, quoted-printable words', 'filename="=?ISO-8859-1?Q?gr=F6=DFe_1.txt?="', 'größe 1.txt'],
    ['mail libraries, a long name in two words', 'filename="=?UTF-8?B?Z3LD?= =?UTF-8?B?tsOfZS50eHQ=?="', 'größe.txt'],
    ['mail libraries, two charsets', 'filename="=?UTF-8?Q?=C3=B6?= =?koi8-r?B?xw==?="', 'öг'],
    ['mail libraries, a language', 'filename="=?utf-8*de?Q?=C3=B6?="', 'ö'],
    ['mail libraries, Japanese', 'filename="=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?="', '日本'],
    ['urllib3 before 1.25 (requests)', "filename*=utf-8''gr%C3%B6%C3%9Fe.txt", 'größe.txt'],
    ['Python email, Latin-1 with a language', "filename*=iso-8859-1'de'gr%F6%DFe.txt", 'größe.txt'],
    ['programs that quote it', 'filename*="utf-8\'\'gr%C3%B6%C3%9Fe.txt"', 'größe.txt'],
    ['programs that send both', "filename=\"gr__e.txt\"; filename*=UTF-8''gr%C3%B6%C3%9Fe.txt", 'größe.txt'],
    ['programs that send both, the other one broken', 'filename="plain.txt"; filename*=utf-8\'\'%C3', 'plain.txt'],
    ['programs that send both, an unknown charset', "filename=\"plain.txt\"; filename*=klingon''%C3", 'plain.txt'],
    ['JavaMail, continuations', "filename*0*=utf-8''gr%C3%B6; filename*1*=%C3%9Fe; filename*2=\".txt\"", 'größe.txt'],
    ['JavaMail, a character cut in two', "filename*0*=utf-8''gr%C3; filename*1*=%B6.txt", 'grö.txt'],
    ['Perl, continuations in plain text', 'filename*0="long "; filename*1="name.txt"', 'long name.txt'],
    ['continuations in any order', "filename*1*=%C3%9F; filename*0*=utf-8''%C3%B6", 'öß'],
    ['programs that leave the quotes out', 'filename==?utf-8?B?Z3LDtsOfZS50eHQ=?=', 'größe.txt'],
    ['programs that fold the header', 'filename="=?UTF-8?B?Z3LD?=\r\n\t=?UTF-8?B?tsOfZS50eHQ=?="', 'größe.txt'],
    ['programs that put nothing between two words', 'filename="=?utf-8?B?Z3LD?==?utf-8?B?tsOfZS50eHQ=?="', 'größe.txt'],
    ['programs that write spaces into a quoted word', 'filename="=?UTF-8?q?gr=c3=b6 a.txt?="', 'grö a.txt'],
    ['programs that name no charset', 'filename*=gr%C3%B6.txt', 'grö.txt'],
    ['programs that leave it empty', "filename*=''gr%C3%B6.txt", 'grö.txt'],
    ['programs that name an unknown one, and nothing else', "filename*=klingon''gr%C3%B6.txt", 'grö.txt'],
    ['programs that cut the last escape', "filename*=utf-8''gr%C3", 'gr%C3'],
    ['programs that name an unknown one for all pieces', "filename*0*=klingon''gr%C3%B6; filename*1=.txt", 'grö.txt'],
    ['a legal name that begins like a word', 'filename="=?utf-8?B?w6k=?=.txt"', '=?utf-8?B?w6k=?=.txt'],
    ['a legal name, not base64', 'filename="=?utf-8?B?*?="', '=?utf-8?B?*?='],
    ['a legal name, no charset', 'filename="=?klingon?B?w6k=?="', '=?klingon?B?w6k=?='],
    ['a legal name, not of its charset', 'filename="=?utf-8?B?/w==?="', '=?utf-8?B?/w==?=']
  ]
  for (const [client, parameters, name] of names) {
    const block = Buffer.concat([Buffer.from('Content-Disposition: form-data; name="userfile"; '), Buffer.from(parameters)])
    t.strictSame(readPartHeaders(block), { name: 'userfile', fileName: name }, client)
  }
  t.end()
})
