/** Many requests on a few connections: with wrk, which needs little processor time, or else autocannon in a separate process. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isInstalled, ownProgram, run } from './child.ts'

export const CONNECTIONS = 16

const MILLISECONDS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 }

export const hasWrk = (): boolean => isInstalled('wrk')

export interface Load {
  readonly perSecond: number
  /** The 99th percentile of the time to an answer, in milliseconds. */
  readonly p99: number
}

/** Answers per second. The URLs are requested in turn; all are on one server. Throws when an answer is not a success. */
export async function answersPerSecond (folder: string, urls: readonly string[], seconds: number): Promise<number> {
  return (await loadOf(folder, urls, seconds, CONNECTIONS)).perSecond
}

export async function loadOf (folder: string, urls: readonly string[], seconds: number, connections: number): Promise<Load> {
  const list = join(folder, 'urls.txt')
  writeFileSync(list, urls.join('\n'))
  if (!hasWrk()) return JSON.parse(await run(process.execPath, [...ownProgram('autocannon-load.ts'), list, `${connections}`, `${seconds}`])) as Load
  const script = join(folder, 'requests.lua')
  writeFileSync(script, luaScript(list))
  const printed = await run('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', script, new URL(urls[0] ?? '').origin])
  if (/Non-2xx|Socket errors/.test(printed)) throw new Error(`wrk met failures: ${printed}`)
  const [, p99 = '', unit = ''] = /^\s*99%\s+([\d.]+)(us|ms|s)$/m.exec(printed) ?? []
  return { perSecond: Number(/^Requests\/sec:\s*([\d.]+)/m.exec(printed)?.[1]), p99: Number(p99) * (MILLISECONDS[unit] ?? NaN) }
}

/** The requests are prepared before the measurement. */
function luaScript (list: string): string {
  return `
local requests = {}
local at = 0
init = function ()
  for line in io.lines(${JSON.stringify(list)}) do
    requests[#requests + 1] = wrk.format('GET', (line:gsub('^%w+://[^/]+', '')))
  end
end
request = function ()
  at = at % #requests + 1
  return requests[at]
end
`
}
