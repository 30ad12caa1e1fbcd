import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ownProgram, run, waitFor } from './child.ts'
import { tidy } from './workspace.ts'

/** The longest wait of a cheap call at `url` while `work` runs, in milliseconds; measured by a separate process. */
export async function longestWaitDuring (folder: string, url: string, work: () => Promise<unknown>): Promise<number> {
  const [ready, stop] = [join(folder, 'waiting'), join(folder, 'waited')]
  const longest = run(process.execPath, [...ownProgram('waiting-client.ts'), url, ready, stop])
  await waitFor('the waiting client', async () => existsSync(ready) || undefined)
  await work()
  writeFileSync(stop, '')
  const wait = Number(await longest)
  await tidy(ready, stop)
  return wait
}
