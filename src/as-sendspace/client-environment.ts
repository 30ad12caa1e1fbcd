/** Environment variables that set a proxy and a trusted certificate authority, for programs in many languages. */
import type { TrustFiles } from './trust-files.ts'

type Variables = Readonly<Record<string, string | undefined>>

/** Control calls, and calls to `RESPACE_URL`, need no proxy. */
const DIRECT = ['localhost', '127.0.0.1', '::1']

/** For a program that must trust the authority. `inherited` is its environment otherwise. */
export function trustEnvironment (files: TrustFiles, inherited: Variables): Readonly<Record<string, string>> {
  return {
    // Programs that use OpenSSL: Python, Ruby, Perl, PHP, .NET; Go, Rust and wget2 read the same name.
    SSL_CERT_FILE: files.certificate,
    CURL_CA_BUNDLE: files.certificate,
    REQUESTS_CA_BUNDLE: files.certificate,
    PERL_LWP_SSL_CA_FILE: files.certificate,
    DENO_CERT: files.certificate,
    NODE_EXTRA_CA_CERTS: files.certificate,
    // An empty item stands for PHP's default folders.
    PHP_INI_SCAN_DIR: `${inherited.PHP_INI_SCAN_DIR ?? ''}:${files.phpFolder}`,
    ...added('JAVA_TOOL_OPTIONS', [quoted(`-Djavax.net.ssl.trustStore=${files.javaStore}`), '-Djavax.net.ssl.trustStoreType=PKCS12'], inherited)
  }
}

/** For a program that must reach the emulator at `url` under the addresses of sendspace, and trust the authority. */
export function clientEnvironment (url: string, files: TrustFiles, inherited: Variables): Readonly<Record<string, string>> {
  const both = (name: string, value: string) => ({ [name.toLowerCase()]: value, [name.toUpperCase()]: value })
  const { hostname, port } = new URL(url)
  const trust = trustEnvironment(files, inherited)
  return {
    ...both('http_proxy', url),
    ...both('https_proxy', url),
    ...both('all_proxy', url),
    ...both('no_proxy', DIRECT.join(',')),
    ...trust,
    NODE_USE_ENV_PROXY: '1',
    ...added('NODE_OPTIONS', [`--require ${quoted(files.nodeProxy)}`], inherited),
    ...added('JAVA_TOOL_OPTIONS', [
      ...['http', 'https'].flatMap(scheme => [`-D${scheme}.proxyHost=${hostname}`, `-D${scheme}.proxyPort=${port}`]),
      `-Dhttp.nonProxyHosts=${DIRECT.map(host => host.includes(':') ? `[${host}]` : host).join('|')}`
    ], trust)
  }
}

/** A variable with several words, appended to its current value. */
const added = (name: string, words: readonly string[], before: Variables) => ({ [name]: [before[name] ?? '', ...words].join(' ').trim() })

/** Quoting for the options of both Node and Java. */
const quoted = (text: string): string => /[\s"\\]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text
