/** The path prefixes that only the emulator has, and the URLs that begin with them. */
import { PATHS } from '../../domain/url-paths.ts'

/** The status page; control calls are below it. */
export const EMULATOR_PATH = '/_emulator'
/** The prefix of all control calls. */
export const CONTROL_PATH = `${EMULATOR_PATH}/v1`
/** A path prefix that selects a sandbox. */
export const SANDBOX_PATH = '/_s/'

/** The URLs of a server and its calls. */
export interface ServerUrls {
  /** Without a final slash. */
  readonly url: string
  readonly restUrl: string
  readonly controlUrl: string
}

/** The URLs of the main server; `url` is that of the emulator. */
export const serverUrls = (url: string): ServerUrls => ({ url, restUrl: `${url}${PATHS.rest}/`, controlUrl: `${url}${CONTROL_PATH}` })

/** The URLs of a sandbox: `restUrl` selects it by its API key, `pathUrl` by the path. */
export function sandboxUrls (id: string, emulatorUrl: string): ServerUrls & { readonly pathUrl: string } {
  const { restUrl, controlUrl } = serverUrls(emulatorUrl)
  const url = `${emulatorUrl}${SANDBOX_PATH}${id}`
  return { url, restUrl, controlUrl: `${controlUrl}/sandboxes/${id}`, pathUrl: `${url}${PATHS.rest}/` }
}
