/** One large file up or down, by curl. */
import { run } from './child.ts'

export interface Transfer {
  readonly seconds: number
  /** What the server answered; '' for a download. */
  readonly answer: string
}

/** Sends a file as a multipart form, behind its fields; `field` is the name of its own. */
export const upload = (url: string, path: string, fields: Readonly<Record<string, string>> = {}, headers: Readonly<Record<string, string>> = {}, field = 'userfile'): Promise<Transfer> => transfer([
  ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]), ...Object.entries(fields).flatMap(([name, value]) => ['-F', `${name}=${value}`]), '-F', `${field}=@${path}`, url
])

/** Sends a file as the one piece of a resumable upload. */
export const append = (url: string, path: string): Promise<Transfer> => transfer([
  '-X', 'PATCH', '-T', path, '-H', 'Tus-Resumable: 1.0.0', '-H', 'Upload-Offset: 0', '-H', 'Content-Type: application/offset+octet-stream', '-H', 'Expect:', url
])

/** Downloads a file and discards the bytes. */
export const download = (url: string): Promise<Transfer> => transfer(['-o', '/dev/null', url])

async function transfer (words: readonly string[]): Promise<Transfer> {
  const printed = await run('curl', ['-sS', '--fail', '--noproxy', '*', '-w', '\n%{time_total}', ...words])
  const mark = printed.lastIndexOf('\n')
  const answer = printed.slice(0, mark).trim()
  if (answer.includes('<status>fail<')) throw new Error(`curl ${words.join(' ')} was answered: ${answer}`)
  return { seconds: Number(printed.slice(mark + 1)), answer }
}
