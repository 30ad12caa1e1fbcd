/**
 * Run as a process: `PORT DATABASE`; a minimal hand-written files.getInfo, without checks, dispatcher and descriptions: Fastify, the log
 * line of every answer, three reads, the signature and the XML. No implementation of files.getInfo on Fastify and SQLite can
 * be faster than this.
 */
import { createHmac } from 'node:crypto'
import { parse } from 'node:querystring'
import fastify, { LogController } from 'fastify'
import { pino } from 'pino'
import { openDatabase } from '../../src/adapters/database/open-database.ts'

const [port = '', database = ''] = process.argv.slice(2)
const app = fastify({
  loggerInstance: pino({}, pino.destination({ sync: false })),
  logController: new LogController({ disableRequestLogging: true })
})
const db = openDatabase(database)
const pauses = db.prepare('select name from pauses').raw()
const session = db.prepare('select * from sessions join users on users.id = sessions.user_id where session_key = ?').raw()
const file = db.prepare<unknown[], readonly unknown[]>('select id, folder_id, name, size from files where id = ?').raw()

app.addHook('onRequest', (request, reply, done) => {
  reply.raw.once('close', () => {
    request.log.info({ verb: request.method, route: request.routeOptions.url, status: reply.statusCode, ms: reply.elapsedTime }, 'answered')
  })
  done()
})
app.get('/rest/', async (request, reply) => {
  const { session_key: key, file_id: id } = parse(request.raw.url?.split('?')[1] ?? '')
  pauses.all()
  session.get(key)
  const [fileId, folderId, name, size] = file.get(id) ?? []
  const signature = createHmac('sha256', 'k'.repeat(32)).update(`${fileId}\0${size}`).digest('hex')
  reply.headers({ 'content-type': 'text/xml; charset=utf-8', 'cache-control': 'no-store', 'access-control-allow-origin': '*' })
  return '<?xml version="1.0" encoding="UTF-8"?>\n<result method="files.getInfo" status="ok">\n' +
    `\t<file id="${fileId}" name="${String(name).replaceAll('&', '&amp;')}" folder_id="${folderId}" file_size="${size}" direct_download_url="/dl/${signature}/${fileId}"/>\n</result>\n`
})
await app.listen({ host: '127.0.0.1', port: Number(port) })
