/** The documentation of this server's API: a page for people, a description and a schema for programs. */
import type { FastifyInstance } from 'fastify'
import type { Contract } from '../../api/contract-format.ts'
import { CONTRACT_JSON_SCHEMA } from '../../api/contract-json-schema.ts'
import { describe } from '../../api/describe.ts'
import { DOCUMENTS, METHODS } from '../../api/registry.ts'
import { UPLOAD_FIELDS } from '../../api/upload-documents.ts'
import { contractSchema } from '../../web/pages/contract-schema.ts'
import { docsPage } from '../../web/pages/docs-page.ts'
import { answerPublicPage } from '../answer/answer-page.ts'
import { allowAnyOrigin } from '../wire/cross-origin.ts'
import type { Site } from '../site.ts'

const URL = '/docs'

export async function registerDocs (app: FastifyInstance, site: Site): Promise<void> {
  let described: Promise<Contract> | undefined
  let schema: Promise<string> | undefined
  const contract = () => (described ??= describe(METHODS, DOCUMENTS, UPLOAD_FIELDS))

  for (const url of [URL, `${URL}/`]) {
    app.get(url, { exposeHeadRoute: true }, async (request, reply) => answerPublicPage(reply, docsPage(await contract(), site.publicUrlOf(request))))
  }
  app.get(`${URL}/contract.json`, { exposeHeadRoute: true }, async (_request, reply) =>
    allowAnyOrigin(reply).type('application/json; charset=utf-8').send(JSON.stringify(await contract(), null, 2) + '\n'))
  app.get(`${URL}/contract.schema.json`, { exposeHeadRoute: true }, async (_request, reply) =>
    allowAnyOrigin(reply).type('application/schema+json').send(JSON.stringify(CONTRACT_JSON_SCHEMA, null, 2) + '\n'))
  app.get(`${URL}/contract.xsd`, { exposeHeadRoute: true }, async (_request, reply) => {
    schema ??= contract().then(contractSchema)
    return allowAnyOrigin(reply).type('application/xml; charset=utf-8').send(await schema)
  })
}
