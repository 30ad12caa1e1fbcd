/** How to make a program's machine trust the authority of `--tls auto`; `file` is its certificate. */
export function trustGuide (file: string): string {
  return `
Programs that call https:// must trust the authority of this server, ${file}
Keep ca.key in the same folder secret. Copy ca.crt to the program's machine, and run there:
  Debian, Ubuntu   cp ca.crt /usr/local/share/ca-certificates/respace.crt && update-ca-certificates
  Fedora, RHEL     cp ca.crt /etc/pki/ca-trust/source/anchors/respace.crt && update-ca-trust
  macOS            security add-trusted-cert -d -k /Library/Keychains/System.keychain ca.crt
  Windows, .NET    certutil -addstore -f Root ca.crt
  curl             curl --cacert ca.crt …
  Python           SSL_CERT_FILE=ca.crt program; with requests REQUESTS_CA_BUNDLE=ca.crt program
  Node             NODE_EXTRA_CA_CERTS=ca.crt program
  Java             keytool -importcert -cacerts -storepass changeit -noprompt -alias respace -file ca.crt
`
}
