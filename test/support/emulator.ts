/** An emulator for a test, and its control calls. */
import './checked-control.ts'
import { startEmulator, type RunningServer, type RunningEmulator, type StartOptions } from '../../src/start-emulator.ts'
import { call, element, errorCode, logIn, type Params } from './client.ts'
import type { Teardown } from './server.ts'

export async function startTestEmulator (t: Teardown, options: StartOptions = {}): Promise<RunningEmulator> {
  const emulator = await startEmulator(options)
  t.teardown(emulator.close)
  return emulator
}

export const sessionOf = async (emulator: RunningServer, user = 'demo'): Promise<string> =>
  element(await logIn(emulator, user, 'demo'), 'session_key')

/** The code of a call, 0 for success. */
export const callForCode = async (emulator: RunningServer, method: string, params: Params = {}): Promise<number> => errorCode(await call(emulator, method, params))

/** A control call; its status and JSON, an empty object where nothing is answered. */
export async function controlCall (emulator: RunningServer, verb: string, path: string, body?: unknown) {
  const response = await fetch(emulator.controlUrl + path, { method: verb, ...(body !== undefined && { body: JSON.stringify(body) }) })
  const text = await response.text()
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>
  }
}

/** The id of a file in the root of an account. Throws where it is not: two ids that are both missing would be equal. */
export async function fileOf (emulator: RunningServer, key: string, name = 'hello.txt'): Promise<string> {
  const xml = await call(emulator, 'folders.getContents', { session_key: key, folder_id: '0' })
  const id = new RegExp(`<file id="(\\w+)" name="${name}"`).exec(xml)?.[1]
  if (id === undefined) throw new Error(`no file ${name} in ${xml}`)
  return id
}
