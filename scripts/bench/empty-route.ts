/** Run as a process: `PORT`; an empty Fastify route, the upper limit for a server on Fastify. */
import fastify from 'fastify'

const app = fastify()
app.get('/', async () => '')
await app.listen({ host: '127.0.0.1', port: Number(process.argv[2]) })
