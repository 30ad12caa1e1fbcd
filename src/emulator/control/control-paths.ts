/** The paths below which the emulator has more than a server, and the addresses that begin with them. */
import { PATHS } from '../../domain/url-paths.ts'

/** The status page, and the calls below it. */
export const EMULATOR_PATH = '/_emulator'
/** All control calls begin with it. */
export const CONTROL_PATH = `${EMULATOR_PATH}/v1`
/** Before the path of a request, it names the sandbox that the request is for. */
export const SANDBOX_PATH = '/_s/'

/** Where a server and its calls are. */
export interface ServerUrls {
  /** Without a final slash. */
  readonly url: string
  readonly restUrl: string
  readonly controlUrl: string
}

/** Of the main server; `url` is that of the emulator. */
export const serverUrls = (url: string): ServerUrls => ({ url, restUrl: `${url}${PATHS.rest}/`, controlUrl: `${url}${CONTROL_PATH}` })

/** Of a sandbox: `restUrl` leads to it by its API key, `pathUrl` by the path. */
export function sandboxUrls (id: string, emulatorUrl: string): ServerUrls & { readonly pathUrl: string } {
  const { restUrl, controlUrl } = serverUrls(emulatorUrl)
  const url = `${emulatorUrl}${SANDBOX_PATH}${id}`
  return { url, restUrl, controlUrl: `${controlUrl}/sandboxes/${id}`, pathUrl: `${url}${PATHS.rest}/` }
}
