import type { IncomingMessage, ServerResponse } from 'node:http'
import { rewriteApi, type Mutant } from '../mutant.ts'

const isUpload = (path: string): boolean => path.startsWith('/apiupload')
const REFUSED = 'upload_status=fail\nerror=13 Upload is temporarily unavailable\n'
const GHOST = '\t<file id="ghost1" name="ghost"/>\n'

/** A server that lists a file as soon as its upload is in a certain state. */
function withGhost (name: string, kills: readonly string[], isSeen: (request: IncomingMessage, response: ServerResponse, count: (change: number) => void) => void): Mutant {
  let seen = 0
  return {
    name,
    kills,
    proxy (server) {
      server.on('request', (request, response) => { if (isUpload(request.url ?? '')) isSeen(request, response, change => { seen += change }) })
    },
    answer: rewriteApi((text, { query }) => seen > 0 && query.get('method') === 'folders.getContents' ? text.replace('</result>', `${GHOST}</result>`) : text)
  }
}

const MAX = 100_000
/** A ticket with another size limit than the server enforces. */
const promised = (name: string, kills: readonly string[], isRefused: (size: number) => boolean): Mutant => ({
  name,
  kills,
  states: { 'small-max': { run: 'true' } },
  request ({ path, body }) {
    return isUpload(path) && isRefused(body.length) ? { status: 200, headers: [['content-type', 'text/plain; charset=utf-8']], body: Buffer.from(REFUSED) } : undefined
  },
  answer: rewriteApi((text, { query }) => query.get('method') === 'upload.getInfo' ? text.replace(/max_file_size="\d+"/, `max_file_size="${MAX}"`) : text)
})

export const uploadStateMutants: readonly Mutant[] = [
  (() => {
    const makers = new Map<string, string>()
    const gone = new Set<string>()
    return {
      name: 'tickets end with their session',
      kills: ['upload/ticket-outlives-session'],
      request ({ path, query }) {
        if (query.get('method') === 'auth.logout') gone.add(query.get('session_key') ?? '')
        const isOver = isUpload(path) && gone.has(makers.get(query.get('UPLOAD_IDENTIFIER') ?? '') ?? '')
        return isOver ? { status: 200, headers: [['content-type', 'text/plain; charset=utf-8']], body: Buffer.from(REFUSED) } : undefined
      },
      answer: rewriteApi((text, { query }) => {
        const ticket = /upload_identifier="([^"]*)"/.exec(text)?.[1]
        if (ticket !== undefined) makers.set(ticket, query.get('session_key') ?? '')
        return text
      })
    }
  })(),
  {
    name: 'nobody may wait for 100',
    kills: ['upload/100-continue'],
    proxy (server) {
      server.on('checkContinue', (_request, response) => { response.writeHead(417, { connection: 'close' }).end() })
    }
  },
  withGhost('files are listed while they come', ['upload/invisible-until-whole'], (_request, response, count) => {
    count(1)
    response.on('close', () => { count(-1) })
  }),
  withGhost('cut uploads are listed', ['upload/cut-leaves-nothing'], (_request, response, count) => {
    response.on('close', () => { if (!response.writableFinished) count(1) })
  }),
  promised('the largest file is too large', ['upload/size-exact'], size => size > MAX),
  promised('files may be larger than promised', ['upload/size-over'], () => false),
  promised('the limit is for all files together', ['upload/size-each'], size => size > 1.5 * MAX)
]
