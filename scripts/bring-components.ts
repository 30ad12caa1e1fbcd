/**
 * Programs that tests need besides Node. As root on Debian, missing ones are installed with apt; elsewhere they are
 * listed. Without curl or Python tests fail; tests of the others are skipped by name.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

interface Component {
  /** A command that fails if the component, or a part of it that the tests use, is missing. */
  readonly probe: readonly [string, ...string[]]
  /** Debian's packages. */
  readonly packages: readonly string[]
}

const COMPONENTS = {
  curl: { probe: ['curl', '--version'], packages: ['curl'] },
  python: { probe: ['python3', '-c', 'import urllib.request, xml.etree.ElementTree'], packages: ['python3'] },
  'python-requests': { probe: ['python3', '-c', 'import requests'], packages: ['python3-requests'] },
  pytest: { probe: ['python3', '-c', 'import pytest'], packages: ['python3-pytest'] },
  go: { probe: ['go', 'version'], packages: ['golang-go'] },
  // With the compiler: it runs a source file.
  java: { probe: ['javac', '-version'], packages: ['default-jdk-headless'] },
  junit: { probe: ['test', '-e', '/usr/share/java/junit-platform-console.jar'], packages: ['junit5'] },
  // It stands in for .NET, which Debian does not have.
  mono: {
    probe: ['sh', '-c', 'command -v mcs mono && ls /usr/lib/mono/4.5/System.Net.Http.dll /usr/lib/mono/4.5/System.Web.Extensions.dll'],
    packages: ['mono-mcs', 'mono-runtime', 'libmono-system-net-http4.0-cil', 'libmono-system-web-extensions4.0-cil']
  },
  php: { probe: ['php', '-r', 'exit(extension_loaded("simplexml") && extension_loaded("curl") ? 0 : 1);'], packages: ['php-cli', 'php-curl', 'php-xml'] },
  // Debian's smallest perl has no modules.
  perl: { probe: ['perl', '-MHTTP::Tiny', '-MDigest::MD5', '-e', '1'], packages: ['perl'] },
  // Programs that people open archives with.
  unzip: { probe: ['unzip', '-v'], packages: ['unzip'] },
  bsdtar: { probe: ['bsdtar', '--version'], packages: ['libarchive-tools'] },
  chromium: { probe: ['/usr/bin/chromium', '--version'], packages: ['chromium'] },
  cc: { probe: ['cc', '--version'], packages: ['gcc', 'libc6-dev'] },
  nginx: { probe: ['nginx', '-v'], packages: ['nginx-light'] },
  haproxy: { probe: ['haproxy', '-v'], packages: ['haproxy'] },
  caddy: { probe: ['caddy', 'version'], packages: ['caddy'] },
  // Debian also starts a server; the tests start their own.
  postgresql: { probe: ['sh', '-c', 'ls /usr/lib/postgresql/*/bin/initdb'], packages: ['postgresql'] },
  pgbouncer: { probe: ['pgbouncer', '--version'], packages: ['pgbouncer'] },
  redis: { probe: ['redis-server', '--version'], packages: ['redis-server'] },
  ceph: { probe: ['sh', '-c', 'radosgw --version && ceph-mon --version && ceph-osd --version && command -v ceph-mgr ceph radosgw-admin'], packages: ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph-mgr', 'ceph-common'] }
} satisfies Record<string, Component>

export type ComponentName = keyof typeof COMPONENTS

const NAMES = Object.keys(COMPONENTS) as ComponentName[]

/** Installs missing components if possible, and prints which are still missing. */
export function bringComponents (): void {
  const missing = NAMES.filter(name => !isPresent(name))
  if (missing.length === 0) return
  if (canInstall()) install(missing.flatMap(name => COMPONENTS[name].packages))
  for (const name of missing) {
    if (!isPresent(name)) process.stdout.write(`MISSING: ${whyMissing(name)}; tests that need it are skipped or fail\n`)
  }
}

/** The reason to skip a test, or false if its component is present: tap's `skip`. */
export function skipWithout (name: ComponentName): string | false {
  if (name === 'chromium' && process.env.RESPACE_TEST_DATABASE) return 'browsers have been tried with SQLite: the second engine tries what asks something of the database'
  return isPresent(name) ? false : whyMissing(name)
}

export function isPresent (name: ComponentName): boolean {
  const [command, ...words] = COMPONENTS[name].probe
  return spawnSync(command, words, { stdio: 'ignore' }).status === 0
}

const canInstall = (): boolean => process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')

function install (packages: readonly string[]): void {
  process.stdout.write(`installing ${packages.join(' ')} …\n`)
  const apt = (...words: string[]) => spawnSync('apt-get', ['-qq', ...words], {
    stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  })
  // Without a network the old package list may be good enough.
  apt('update')
  apt('install', '--yes', '--no-install-recommends', ...packages)
}

const whyMissing = (name: ComponentName): string =>
  `${name} is not installed (apt-get install ${COMPONENTS[name].packages.join(' ')}${canInstall() ? ' failed' : ', as root'})`
