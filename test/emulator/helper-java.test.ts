/** The JUnit 5 extension of `clients/java`, compiled and run as Maven does it. */
// Runs on SQLite only.
import { readdirSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { startEmulator } from '../../src/start-emulator.ts'
import { ROOT } from '../support/cli-process.ts'
import { runProgram } from '../support/client-program.ts'
import { exampleOf, killMidway, leavesNothing, runHelper, startHelper } from '../support/helper-run.ts'
import { temporaryFolder } from '../support/server.ts'

const PACKAGE = join(ROOT, 'clients/java')
const README = 'clients/java/README.md'
const skip = skipWithout('java') || skipWithout('junit')

/** Debian's. */
const JARS = [
  'junit-jupiter-api', 'junit-jupiter-engine', 'junit-platform-commons', 'junit-platform-engine', 'junit-platform-launcher', 'junit-platform-console', 'junit-platform-reporting',
  'opentest4j', 'opentest4j-reporting-events', 'opentest4j-reporting-schema', 'apiguardian-api', 'picocli', 'univocity-parsers'
].map(name => `/usr/share/java/${name}.jar`).join(':')

const sourcesIn = (folder: string): string[] => readdirSync(join(PACKAGE, folder), { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.java')).map(name => join(PACKAGE, folder, name))

/** For programs that end soon. */
const SHORT = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']

async function compile (t: Test, sources: readonly string[], classPath: string): Promise<string> {
  const folder = await temporaryFolder(t)
  await runProgram('javac', [...SHORT.map(option => `-J${option}`), '-Xlint:all,-path', '-Werror', '-proc:none', '--release', '17', '-encoding', 'UTF-8', '-d', folder, '-cp', classPath, ...sources], PACKAGE)
  return folder
}

/** Only the JVM that runs the tests, without the options of this machine. */
const console = (classPath: string, ...words: readonly string[]): string[] =>
  ['java', ...SHORT, '-XX:-UsePerfData', '-cp', `${JARS}:${classPath}`, 'org.junit.platform.console.ConsoleLauncher', '--disable-banner', '--disable-ansi-colors', '--details=tree', ...words]

const OTHERS = `
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.respace.junit.Respace;
import org.respace.junit.RespaceExtension;

@ExtendWith(RespaceExtension.class)
class OtherTest {
    @Test
    void verify(Respace respace) throws Exception {
        ClientTest.createToken(respace);
        respace.journal().verify(Map.of("method", "auth.createToken", "params", Map.of("api_version", "1.2")));
    }

    @Test
    void unfired(Respace respace) {
        respace.faults().add(Map.of("answer", "reset"));
    }

    @Test
    void hang(Respace respace) throws Exception {
        Files.createFile(Path.of(System.getenv("TMPDIR"), "running"));
        Thread.sleep(60_000);
    }
}
`

t.test('the extension', { skip }, async t => {
  const classes = await compile(t, sourcesIn('src/main'), JARS)

  await t.test('does a control call with each member, and tests in parallel are isolated by sandboxes, which are removed', async t => {
    const emulator = await startEmulator({ seed: 'none', controlToken: 'secret' })
    t.teardown(() => emulator.close({ unfired: 'ignore' }))
    const tests = await compile(t, sourcesIn('src/test'), `${JARS}:${classes}`)
    const words = console(`${classes}:${tests}`, '--scan-classpath', tests, '--config', 'junit.jupiter.execution.parallel.enabled=true')
    const { status, stdout } = await runHelper(t, words, PACKAGE, { RESPACE_COMMAND: '/no/such/program', RESPACE_CONTROL_URL: emulator.controlUrl, RESPACE_CONTROL_TOKEN: 'secret' })
    t.equal(status, 0, stdout)
    t.match(stdout, /^\[ +10 tests successful +\]$/m)
    const list = await fetch(`${emulator.controlUrl}/sandboxes`, { headers: { authorization: 'Bearer secret' } })
    t.strictSame(await list.json(), [])
  })

  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'ClientTest.java'), exampleOf(README, 'java'))
  await writeFile(join(folder, 'OtherTest.java'), OTHERS)
  const examples = await compile(t, [join(folder, 'ClientTest.java'), join(folder, 'OtherTest.java')], `${JARS}:${classes}`)
  const run = (name: string): string[] => console(`${classes}:${examples}`, '--select-method', name)

  await t.test('passes the first test of its README, and leaves no process or file', async t => {
    t.match(await runHelper(t, run('ClientTest#maintenance(org.respace.junit.Respace)'), folder), { status: 0, stdout: /^\[ +1 tests successful +\]$/m, stderr: '' })
  })

  await t.test('says what is nearest when the journal does not have what was expected, shows the last calls, and fails a test whose fault was never applied', async t => {
    const { status, stdout, stderr } = await runHelper(t, [...run('OtherTest#verify(org.respace.junit.Respace)'), '--select-method', 'OtherTest#unfired(org.respace.junit.Respace)'], folder)
    t.equal(status, 1)
    t.match(stdout, /AssertionError: expected at least 1 of auth\.createToken with api_version=1\.2, saw 0[^]*exchange 1, auth\.createToken:\n.*expected api_version=1\.2, got "1\.0"/)
    t.match(stderr, /^respace: the last calls of verify\(Respace\):\n +1 auth\.createToken .*api_version=1\.0.* -> 200\n$/)
    t.match(stdout, /AssertionError: respace: fault f1 was never applied: \{.*"reset"/)
    t.match(stdout, /^\[ +2 tests failed +\]$/m)
  })

  await t.test('says what to do without an emulator', async t => {
    t.match(await runHelper(t, run('OtherTest#unfired(org.respace.junit.Respace)'), folder, { RESPACE_COMMAND: '/no/such/program' }), { status: 1, stdout: /\/no\/such\/program dev .*No such file or directory/ })
  })

  await t.test('ends the emulator when the JVM is killed', async t => {
    const running = await startHelper(t, run('OtherTest#hang(org.respace.junit.Respace)'), folder)
    await killMidway(t, running, 'ConsoleLauncher')
    t.match(await running.ended, { signal: 'SIGKILL' })
    await leavesNothing(t, running, ['running'])
  })
})

/** What the recipe takes of Testcontainers, so far as a compiler asks for it. */
const STAND_INS: Readonly<Record<string, string>> = {
  'org/testcontainers/containers/GenericContainer.java': `package org.testcontainers.containers;
public class GenericContainer<T extends GenericContainer<T>> {
    public GenericContainer(String image) { }
    public T withCommand(String... words) { return null; }
    public T withExposedPorts(Integer... ports) { return null; }
    public T waitingFor(org.testcontainers.containers.wait.strategy.WaitStrategy strategy) { return null; }
    public String getHost() { return null; }
    public Integer getMappedPort(int port) { return null; }
}
`,
  'org/testcontainers/containers/wait/strategy/WaitStrategy.java': 'package org.testcontainers.containers.wait.strategy;\npublic interface WaitStrategy { }\n',
  'org/testcontainers/containers/wait/strategy/HttpWaitStrategy.java': 'package org.testcontainers.containers.wait.strategy;\npublic class HttpWaitStrategy implements WaitStrategy { public HttpWaitStrategy forPort(int port) { return this; } }\n',
  'org/testcontainers/containers/wait/strategy/Wait.java': 'package org.testcontainers.containers.wait.strategy;\npublic class Wait { public static HttpWaitStrategy forHttp(String path) { return null; } }\n',
  'org/testcontainers/junit/jupiter/Container.java': 'package org.testcontainers.junit.jupiter;\npublic @interface Container { }\n',
  'org/testcontainers/junit/jupiter/Testcontainers.java': 'package org.testcontainers.junit.jupiter;\npublic @interface Testcontainers { }\n'
}

t.test('the recipe for Testcontainers compiles', { skip }, async t => {
  const folder = await temporaryFolder(t)
  const imports = ['org.testcontainers.containers.GenericContainer', 'org.testcontainers.containers.wait.strategy.Wait', 'org.testcontainers.junit.jupiter.*', 'org.junit.jupiter.api.extension.RegisterExtension', 'org.respace.junit.*']
  const files: Readonly<Record<string, string>> = { ...STAND_INS, 'ClientTest.java': `${imports.map(name => `import ${name};\n`).join('')}${exampleOf(README, 'java', 1)}` }
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  await t.resolves(compile(t, [...Object.keys(files).map(name => join(folder, name)), ...sourcesIn('src/main')], JARS))
})

t.test('the project file has no dependency but JUnit', async t => {
  const pom = await readFile(join(PACKAGE, 'pom.xml'), 'utf8')
  t.strictSame([...pom.matchAll(/<dependency>\s*<groupId>(.*?)<\/groupId>/g)].map(([, group]) => group), ['org.junit.jupiter', 'org.junit.jupiter'])
})
