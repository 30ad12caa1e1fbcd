/** Holds the body of an upload until it is known whose it is and, where a rule asks for it, the name of its first file. */
import type { IncomingMessage } from 'node:http'
import type { RawParams } from '../api/params.ts'
import { liftBodyDeadline } from '../http/request/body-deadline.ts'
import { recognizeBody } from '../transfer/body-format.ts'
import type { InterceptorOptions } from './interceptor-options.ts'
import { noteLint } from './journal/record-exchange.ts'
import { ticketOf } from './traffic/attribution.ts'
import type { Exchange } from './traffic/exchange.ts'
import { lintUpload } from './traffic/lint.ts'
import type { NewestMap } from '../domain/newest-map.ts'
import { interceptRequest, type RequestInterceptor } from './traffic/request-interceptor.ts'
import type { UploadKind } from './traffic/request-kind.ts'
import { inspectUpload, type UploadInspector } from './traffic/upload-inspector.ts'
import { compareReadings } from './traffic/compare-readings.ts'
import { createStrictReader, type StrictReader } from './traffic/strict-reader.ts'
import { findUploadSource, type UploadSource } from './traffic/upload-sources.ts'

/** `params` are those of the query. The body passes once the result is opened. */
export async function interceptUpload (
  exchange: Exchange, uploadKind: UploadKind, params: RawParams, { ports, faults, journal, strict, report }: InterceptorOptions, names: NewestMap<string>
): Promise<RequestInterceptor> {
  const { request, path, notes } = exchange
  // A fault may hold it as long as it likes.
  liftBodyDeadline(request)
  let sourceFields: UploadSource['fields'] = new Map()
  const inspector = inspectorOf(uploadKind, request, () => params.get('userfile') ?? sourceFields.get('filename') ?? '')
  notes.inspector = inspector
  const strictReader = uploadKind === 'piece' ? undefined : createStrictReader(request.headers['content-type'] ?? '')
  // At its end the whole body has arrived, and nothing of the answer has been sent.
  request.once('end', () => {
    noteLint(exchange, lintUpload(inspector, params, uploadKind, notes.user === undefined), strict, journal)
    const form = inspector.form()
    if (form === undefined) return
    strictReader?.reading.then(reading => { noteLint(exchange, compareReadings(form, reading), strict, journal) }, report)
  })
  // The name of a piece was sent when its upload began.
  const waitsForName = uploadKind !== 'piece' && faults.asksForFileName('upload')
  // Comes before every await: the first chunk arrives in the same turn as the headers.
  const interceptor = holdBody(inspector, strictReader, request, waitsForName, name => { if (uploadKind === 'ticket') names.set(ticketOf(params), name) })
  const { user, fields } = await findUploadSource(uploadKind, path, params, request, ports)
  sourceFields = fields
  inspector.addFields(fields)
  notes.user = user
  return interceptor
}

/** Resolves once the body may be opened; `onName` gets the name of the first file, '' when there is none. */
function holdBody (inspector: UploadInspector, strictReader: StrictReader | undefined, request: IncomingMessage, waitsForName: boolean, onName: (name: string) => void): Promise<RequestInterceptor> {
  return new Promise(resolve => {
    let isNamed = false
    const interceptor = interceptRequest(request, chunk => {
      inspector.inspect(chunk)
      strictReader?.push(chunk)
      const name = inspector.firstName() ?? (inspector.size() > MAX_BEFORE_NAME ? '' : undefined)
      if (name !== undefined && !isNamed) {
        isNamed = true
        onName(name)
        resolve(interceptor)
      }
      return waitsForName && !isNamed
    })
    request.once('close', () => { resolve(interceptor) })
    if (!waitsForName) resolve(interceptor)
  })
}

const inspectorOf = (uploadKind: UploadKind, { method = '', headers }: IncomingMessage, rawName: () => string): UploadInspector =>
  inspectUpload(firstBytes => uploadKind === 'piece' ? { kind: 'raw' } : recognizeBody(method, headers['content-type'] ?? '', firstBytes), rawName)

/** Bytes of fields before the first file that a rule about its name waits for: more than an upload may have. */
const MAX_BEFORE_NAME = 2 * 1024 * 1024
