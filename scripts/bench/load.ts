/** Many requests on a few connections: with wrk, which needs little processor time, or else autocannon in a separate process. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isInstalled, ownProgram, run } from './child.ts'

export const CONNECTIONS = 16

export const hasWrk = (): boolean => isInstalled('wrk')

/** Answers per second. The URLs are requested in turn; all are on one server. Throws when an answer is not a success. */
export async function answersPerSecond (folder: string, urls: readonly string[], seconds: number): Promise<number> {
  const list = join(folder, 'urls.txt')
  writeFileSync(list, urls.join('\n'))
  if (!hasWrk()) return Number(await run(process.execPath, [...ownProgram('autocannon-load.ts'), list, `${CONNECTIONS}`, `${seconds}`]))
  const script = join(folder, 'requests.lua')
  writeFileSync(script, luaScript(list))
  const printed = await run('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', script, new URL(urls[0] ?? '').origin])
  if (/Non-2xx|Socket errors/.test(printed)) throw new Error(`wrk met failures: ${printed}`)
  return Number(/^Requests\/sec:\s*([\d.]+)/m.exec(printed)?.[1])
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
