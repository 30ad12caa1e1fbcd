/** Finds the reason for a wrong tokened_password: the usual mistakes with lower(md5(token + lower(md5(password)))). */
import { createHash } from 'node:crypto'

const md5 = (...parts: ReadonlyArray<string | Buffer>): string => {
  const hash = createHash('md5')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

interface Known {
  readonly token: string
  readonly password: string
}

type Mistake = readonly [sentence: string, made: (known: Known) => readonly string[]]

const raw = (text: string): Buffer => createHash('md5').update(text).digest()
const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le')
const utf16Big = (text: string): Buffer => utf16(text).swap16()
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')

/** White space that remains around a token that was cut out of the answer. */
const UNTRIMMED = [' ', '\n', '\r\n', '\t', '\0']

const MISTAKES: readonly Mistake[] = [
  ['the parts are in the wrong order: the token comes first', ({ token, password }) => [md5(password, token), md5(md5(password), token)]],
  ['the inner MD5 sum is in capitals: write it in lower case before you compute the outer one', ({ token, password }) => [md5(token, md5(password).toUpperCase())]],
  ['there is no inner MD5 sum: hash the password before you put the token in front of it', ({ token, password }) => [md5(token, password)]],
  ['the inner MD5 sum is 16 raw bytes: write it as 32 hexadecimal digits', ({ token, password }) => [md5(token, raw(password)), md5(token, raw(password).toString('base64'))]],
  ['the token has white space around it: trim it', ({ token, password }) => UNTRIMMED.flatMap(space => [md5(token, space, md5(password)), md5(space, token, md5(password)), md5(space, token, space, md5(password))])],
  ['a text was turned into bytes as UTF-16: use UTF-8', ({ token, password }) => [utf16, utf16Big].flatMap(encode => [md5(token, md5(encode(password))), md5(encode(token + md5(password))), md5(encode(token + md5(encode(password))))])],
  ['the password was turned into bytes as Latin-1: use UTF-8', ({ token, password }) => [md5(token, md5(latin1(password)))]],
  ['the token is left out', ({ password }) => [md5(password), md5(md5(password))]],
  ['it is the password itself', ({ password }) => [password]],
  ['the password has white space around it', ({ token, password }) => UNTRIMMED.map(space => md5(token, md5(password, space)))],
  ['the outer MD5 sum is missing', ({ token, password }) => [token + md5(password)]]
]

/** The mistake that was made with the right password; undefined when no known mistake gives the value that was sent. */
export function findLoginMistake (sent: string, token: string, password: string): string | undefined {
  const wanted = sent.trim().toLowerCase()
  const known = { token, password }
  if (wanted === md5(token, md5(password))) return undefined
  return MISTAKES.find(([, made]) => made(known).some(each => each.toLowerCase() === wanted))?.[0]
}
