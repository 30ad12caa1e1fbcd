/** Run as a process: `PORT`; Fastify with nothing in it, the most that a server on Fastify can reach. */
import fastify from 'fastify'

const app = fastify()
app.get('/', async () => '')
await app.listen({ host: '127.0.0.1', port: Number(process.argv[2]) })
