/**
 * Loaded into Node programs by NODE_OPTIONS. Node 22.21 and 24 read the proxy from the environment by themselves (NODE_USE_ENV_PROXY);
 * for earlier ones this does the same: `http`, `https` and `fetch` open a tunnel through the proxy.
 */
'use strict'
const http = require('node:http')
const https = require('node:https')
const tls = require('node:tls')

const { http_proxy: proxyUrl = '', no_proxy: direct = '' } = process.env
if (proxyUrl !== '' && !process.allowedNodeEnvironmentFlags.has('--use-env-proxy')) install(new URL(proxyUrl), direct.toLowerCase().split(','))

function install (proxy, direct) {
  const isDirect = host => direct.includes(host.toLowerCase().replace(/^\[|\]$/g, ''))
  const connectPlain = http.Agent.prototype.createConnection
  const own = new http.Agent()
  own.createConnection = connectPlain

  /** Calls back with a socket connected to that host. */
  function openTunnel (host, port, done) {
    const target = `${host.includes(':') ? `[${host}]` : host}:${port}`
    http.request({ host: proxy.hostname, port: proxy.port, method: 'CONNECT', path: target, headers: { host: target }, agent: own })
      .on('connect', ({ statusCode }, socket, head) => {
        if (statusCode === 200) return done(null, socket)
        socket.destroy()
        done(new Error(`the proxy answered ${statusCode} to CONNECT ${target}: ${head.toString().trim()}`))
      })
      .on('error', done).end()
  }

  function secure (socket, options, done) {
    const secured = tls.connect({ ...options, socket, host: undefined, port: undefined, path: undefined })
    secured.once('error', done).once('secureConnect', () => {
      secured.off('error', done)
      done(null, secured)
    })
  }

  const viaProxy = (original, defaultPort, wrap) => function (options, done) {
    const host = options.host || 'localhost'
    if (options.socketPath || isDirect(host)) return original.call(this, options, done)
    openTunnel(host, options.port || defaultPort, (error, socket) => error ? done(error) : wrap(socket, options, done))
  }
  http.Agent.prototype.createConnection = viaProxy(connectPlain, 80, (socket, _options, done) => { done(null, socket) })
  https.Agent.prototype.createConnection = viaProxy(https.Agent.prototype.createConnection, 443, (socket, options, done) => {
    secure(socket, { ...options, servername: options.servername || options.host }, done)
  })

  // `fetch` creates its dispatcher on first use, and keeps it under this symbol.
  const DISPATCHER = Symbol.for('undici.globalDispatcher.1')
  if (globalThis.fetch === undefined) return
  const fetchOnce = globalThis.fetch
  globalThis.fetch = function fetch (...args) {
    if (globalThis[DISPATCHER] === undefined) fetchOnce('data:,').catch(() => undefined)
    const { constructor: Agent } = globalThis[DISPATCHER]
    // A dispatcher set by the program is kept.
    if (Agent.name === 'Agent') globalThis[DISPATCHER] = new Agent({ connect })
    globalThis.fetch = fetchOnce
    return fetchOnce(...args)
  }

  function connect ({ hostname, port, protocol, servername }, done) {
    const isSecure = protocol === 'https:'
    const wrap = socket => isSecure ? secure(socket, { servername: servername || hostname, ALPNProtocols: ['http/1.1'] }, done) : done(null, socket)
    const number = port || (isSecure ? 443 : 80)
    if (!isDirect(hostname)) return openTunnel(hostname, number, (error, socket) => error ? done(error) : wrap(socket))
    const socket = require('node:net').connect({ host: hostname.replace(/^\[|\]$/g, ''), port: number })
    socket.once('error', done).once('connect', () => {
      socket.off('error', done)
      wrap(socket)
    })
  }
}
