/** The .NET helper of `clients/dotnet`, compiled and run by Mono: Debian has no .NET 8 and no xunit, so stand-ins take the place of xunit and System.Text.Json. */
// Runs on SQLite only.
import { readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { ROOT } from '../support/cli-process.ts'
import { runProgram } from '../support/client-program.ts'
import { exampleOf, killMidway, leavesNothing, runHelper, startHelper } from '../support/helper-run.ts'
import { temporaryFolder } from '../support/server.ts'

const skip = skipWithout('mono')

async function compile (t: Test): Promise<string> {
  const folder = await temporaryFolder(t)
  const [program, example] = [join(folder, 'members.exe'), join(folder, 'ClientTest.cs')]
  await writeFile(example, exampleOf('clients/dotnet/README.md', 'csharp'))
  const sources = ['clients/dotnet/Respace.Testing', 'test/clients/dotnet'].flatMap(folder => readdirSync(join(ROOT, folder)).filter(name => name.endsWith('.cs')).map(name => join(ROOT, folder, name)))
  await runProgram('mcs', ['-langversion:7', '-warn:4', '-warnaserror', `-out:${program}`, '-r:System.Net.Http', '-r:System.Web.Extensions', example, ...sources])
  return program
}

t.test('the .NET helper', { skip }, async t => {
  const program = await compile(t)

  await t.test('passes the first test of its README, gives each test a sandbox, does a control call with each member, and leaves no process or file', async t => {
    t.match(await runHelper(t, ['mono', program], ROOT), { status: 0, stdout: 'passed\n', stderr: '' })
  })

  await t.test('ends the emulator when the tests are killed', async t => {
    const run = await startHelper(t, ['mono', program, 'hang'], ROOT)
    await killMidway(t, run, 'members.exe')
    t.match(await run.ended, { signal: 'SIGKILL' })
    await leavesNothing(t, run, ['running'])
  })
})
