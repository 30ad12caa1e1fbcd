/** Run as a process: `PORT [BYTES]`; an empty Fastify route, or one that sends so many bytes: the upper limit for a server on Fastify. */
import fastify from 'fastify'

const [port, bytes = '0'] = process.argv.slice(2)
const body = 'x'.repeat(Number(bytes))
const app = fastify()
app.get('/', async () => body)
await app.listen({ host: '127.0.0.1', port: Number(port) })
