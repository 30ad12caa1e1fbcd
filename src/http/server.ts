/** Fastify with every route: the whole site on one screen. */
import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance, type FastifyRequest } from 'fastify'
import { TooManyAttempts } from '../api/errors.ts'
import { ConfigProblems, type Config } from '../config.ts'
import { errorPage, missingPage, notFoundPage, pausedPage } from '../web/pages/pages.ts'
import { registerAccount } from './pages/account.ts'
import { registerBranding } from './pages/branding.ts'
import { registerAddressBook } from './pages/address-book.ts'
import { registerAdmin } from './pages/admin/admin.ts'
import { answerLater, answerPage } from './answer/answer-page.ts'
import { registerBundleUpload } from './pages/bundle-upload.ts'
import { registerBundles } from './pages/bundles.ts'
import { registerDocs } from './pages/docs.ts'
import { registerDownload } from './wire/download.ts'
import { onEachRequest } from './each-request.ts'
import { registerEdit } from './pages/edit.ts'
import { registerFileRequests } from './pages/file-requests.ts'
import { registerFolders } from './pages/folders.ts'
import { recognizeClients, refuseImpossibleHosts, warnOfForwarding } from './request/forwarded.ts'
import { registerLanguage } from './pages/language.ts'
import { registerLogin } from './pages/login.ts'
import { registerNewPassword } from './pages/new-password.ts'
import { registerMyFiles } from './pages/my-files.ts'
import { registerMyMail } from './pages/my-mail.ts'
import { registerPages } from './pages/pages.ts'
import { registerProgress } from './wire/progress.ts'
import { registerPublic } from './pages/public.ts'
import { knowBranding } from './answer/site-branding.ts'
import { recognizeReaders } from './answer/locale.ts'
import { logAnswers, requestIds } from './observability/request-log.ts'
import { basePathOf, FORBIDDEN_PATH, routePathReader } from './request/request-target.ts'
import { registerRequestUpload } from './pages/file-request-upload.ts'
import { registerRest } from './wire/rest.ts'
import { registerSetUp } from './pages/set-up.ts'
import { registerSharedLinks } from './pages/shared-links.ts'
import type { Site } from './site.ts'
import { answerTooMany } from './answer/too-many.ts'
import { registerText } from './pages/text.ts'
import { registerTus } from './wire/tus.ts'
import { registerUploadForm } from './pages/upload-form.ts'
import { registerUploadKey } from './wire/upload-key.ts'
import { leaveBodiesUnread, registerUpload } from './wire/upload.ts'
import { isPaused } from './request/paused.ts'
import { recognizeViewers } from './request/page-session.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The path prefix of links in this request's answer; '' at the root. */
    readonly basePath: string
  }
}

/** All routes, for those outside of this folder, who know no Fastify. */
export type HttpServer = FastifyInstance

/** The routes; `createListeners` connects them to the network. */
export async function createServer (site: Site, loggerInstance: FastifyBaseLogger): Promise<HttpServer> {
  const { config } = site
  const app = fastify({
    loggerInstance,
    // The framework's lines contain URLs; see `logAnswers`.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: config.trustProxy,
    genReqId: requestIds(config.trustProxy),
    exposeHeadRoutes: false,
    return503OnClosing: false,
    schemaController: { compilersFactory: { buildValidator: refuseSchemas, buildSerializer: refuseSchemas } },
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 1024, caseSensitive: true },
    rewriteUrl: routePathReader(config),
    // No hook has run: the path has a % that encodes nothing.
    frameworkErrors: (_error, _request, { raw }) => {
      raw.writeHead(400, { connection: 'close', 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }).end('The address cannot be read.\n')
    }
  })
  app.decorateRequest('basePath', { getter (this: FastifyRequest) { return basePathOf(site.publicUrlOf(this)) } })
  app.decorateRequest('pauses', undefined)
  refuseOwnPaths(app, config)
  // Before the routes: a scope inherits only what its parent has when it is created.
  forgiveContentTypes(app)
  recognizeClients(app, config)
  leaveBodiesUnread(app)
  // Browsers must not guess other types than the Content-Type.
  onEachRequest(app, (_request, reply) => { reply.header('x-content-type-options', 'nosniff') })
  answerErrors(app)
  logAnswers(app)
  site.metrics?.watch(app)
  recognizeReaders(app)
  knowBranding(app, site)
  refuseImpossibleHosts(app)
  recognizeViewers(app, site)
  warnOfForwarding(app, config)

  await app.register(scope => registerRest(scope, site))
  await app.register(scope => registerProgress(scope, site))
  await app.register(scope => registerUpload(scope, site))
  await app.register(async pages => {
    closeInMaintenance(pages, site)
    await pages.register(scope => registerUploadForm(scope, site))
    await pages.register(scope => registerText(scope, site))
    await pages.register(scope => registerUploadKey(scope, site))
    await pages.register(scope => registerTus(scope, site))
    await pages.register(scope => registerPages(scope, site))
    await pages.register(scope => registerEdit(scope, site))
    await pages.register(scope => registerBundles(scope, site))
    await pages.register(scope => registerBundleUpload(scope, site))
    await pages.register(scope => registerLogin(scope, site))
    await pages.register(scope => registerNewPassword(scope, site))
    await pages.register(scope => registerAccount(scope, site))
    await pages.register(scope => registerMyFiles(scope, site))
    await pages.register(scope => registerMyMail(scope, site))
    await pages.register(scope => registerAddressBook(scope, site))
    await pages.register(scope => registerFileRequests(scope, site))
    await pages.register(scope => registerSharedLinks(scope, site))
    await pages.register(scope => registerRequestUpload(scope, site))
    await pages.register(scope => registerAdmin(scope, site))
    await pages.register(scope => registerSetUp(scope, site))
    await pages.register(scope => registerDownload(scope, site))
    await pages.register(scope => registerFolders(scope, site))
  })
  await app.register(scope => registerDocs(scope, site))
  await app.register(scope => registerLanguage(scope, site))
  await app.register(registerPublic)
  await app.register(scope => registerBranding(scope, site))
  app.all(FORBIDDEN_PATH, async (_request, reply) =>
    answerPage(reply, errorPage('error.noProxy', 'error.noProxySentence'), 403))
  if (site.metrics !== undefined && config.metricsToken !== undefined) site.metrics.addRoute(app, config.metricsToken)
  app.get('/healthz', { exposeHeadRoute: true }, async (_request, reply) => reply.type('text/plain; charset=utf-8').send('ok\n'))
  app.get('/readyz', { exposeHeadRoute: true }, async (_request, reply) => {
    const problems = await site.readiness.problems()
    // The log has more: this is public.
    return reply.code(problems.size > 0 ? 503 : 200).header('cache-control', 'no-store').type('text/plain; charset=utf-8')
      .send(problems.size > 0 ? `${[...problems.values()].join('\n')}\n` : 'ok\n')
  })
  return app
}

/** No route has a JSON schema, and loading the compiler takes a tenth of the start. */
const refuseSchemas = (): never => {
  throw new Error('routes check their input themselves: there is nothing that compiles JSON schemas')
}

/** Then the API answers 15, and running transfers continue. */
function closeInMaintenance (pages: FastifyInstance, { ports }: Site): void {
  onEachRequest(pages, async (request, reply) => {
    const isRead = request.raw.method === 'GET' || request.raw.method === 'HEAD'
    const branding = isRead ? pages.readBranding() : undefined
    const isClosed = await isPaused('maintenance', request, ports.sql)
    request.branding = await branding
    if (!isClosed) return
    if (!isRead) reply.header('connection', 'close')
    return answerLater(reply, pausedPage('paused.maintenance'))
  })
}

/** Below a mount path `/file`, `/file/ID` would be ambiguous, depending on whether the reverse proxy removes the path. */
function refuseOwnPaths (app: FastifyInstance, { publicUrl }: Config): void {
  const base = publicUrl === undefined ? '' : basePathOf(publicUrl)
  if (base === '') return
  const first = `/${base.split('/')[1]}`
  app.addHook('onRoute', ({ url }) => {
    if (url === first || url.startsWith(`${first}/`)) throw new ConfigProblems([`--public-url: ${base} begins like a path of Respace's own, ${url}; choose another`])
  })
}

/** An invalid Content-Type counts as absent: some clients send one, and their bodies are recognized by other means (observed). */
function forgiveContentTypes (app: FastifyInstance): void {
  onEachRequest(app, request => {
    const type = request.headers['content-type']
    if (type !== undefined && !/^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(?:;|$)/.test(type)) delete request.headers['content-type']
  })
}

/** Pages for unknown paths and for errors; internal errors are never described to the client. */
function answerErrors (app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) => {
    // An unwanted body is not read to its end.
    if (request.raw.method !== 'GET' && request.raw.method !== 'HEAD') reply.header('connection', 'close')
    // Programs request files with other paths, and know the page for a missing one.
    return answerPage(reply, /^\/(?:file|pro|dl|view)\//.test(request.url) ? missingPage() : notFoundPage(), 404)
  })
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (error instanceof TooManyAttempts) {
      if (request.raw.method !== 'GET' && request.raw.method !== 'HEAD') reply.header('connection', 'close')
      return answerTooMany(reply, error)
    }
    const status = error.statusCode ?? 500
    if (status >= 500) {
      request.log.error({ err: error }, 'a request failed')
      // The answer is no longer a file to save, or a part of one.
      for (const name of ['content-disposition', 'content-length', 'content-range', 'accept-ranges', 'etag']) reply.removeHeader(name)
      return answerPage(reply, errorPage('error.title', 'error.sentence'), 503)
    }
    if (!request.raw.complete) reply.header('connection', 'close')
    return answerPage(reply, errorPage('error.badRequest', status === 413 ? 'error.tooLarge' : 'error.unreadable'), status)
  })
}
