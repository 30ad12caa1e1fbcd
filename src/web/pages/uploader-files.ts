/** Files with which programs upload to an account: they contain an upload key, never the password. */
import type { Uploader, UploaderSetup } from '../../domain/uploads/uploader.ts'

/** A program's file, and its name for the browser. */
export interface UploaderFile {
  readonly name: string
  readonly text: string
}

export const WRITERS: Readonly<Record<Uploader, (setup: UploaderSetup) => UploaderFile>> = {
  sharex: writeSharex,
  script: writeScript
}

/** A custom uploader for ShareX 14 and later (its documentation): a double click on the file installs it. */
function writeSharex ({ publicUrl, userName, key }: UploaderSetup): UploaderFile {
  const { host } = new URL(publicUrl)
  return {
    name: `respace-${userName}.sxcu`.replace(/[^\w.-]/g, '-'),
    text: JSON.stringify({
      Version: '14.0.0',
      Name: `Respace: ${userName} at ${host}`,
      DestinationType: 'ImageUploader, TextUploader, FileUploader',
      RequestMethod: 'POST',
      RequestURL: `${publicUrl}/upload/key`,
      Headers: { Authorization: `Bearer ${key}` },
      Body: 'MultipartFormData',
      FileFormName: 'userfile',
      URL: '{json:url}',
      DeletionURL: '{json:deleteUrl}',
      ErrorMessage: '{json:error}'
    }, undefined, 2) + '\n'
  }
}

/** For any POSIX shell with curl. curl reads the key from standard input: all users of a machine can see command lines. */
function writeScript ({ publicUrl, userName, key }: UploaderSetup): UploaderFile {
  return {
    name: 'respace-upload.sh',
    text: `#!/bin/sh
# Uploads files into the account of ${userName.replace(/[^\x20-\x7e]/g, '?')} and prints their links: sh respace-upload.sh FILE ...
# Anyone with this file can upload into the account, and do nothing else. Revoke its key on the account page.
server='${publicUrl.replaceAll("'", "'\\''")}'
key='${key}'

if [ $# -eq 0 ]; then
  echo "usage: $0 FILE ..." >&2
  exit 2
fi
failed=0
for file in "$@"; do
  if [ ! -f "$file" ]; then
    echo "$file: no such file" >&2
    failed=1
    continue
  fi
  # Inside the quotes that curl reads, quotes and backslashes of a name need a backslash.
  quoted=$(printf %s "$file" | sed 's/[\\\\"]/\\\\&/g')
  answer=$(printf 'header = "Authorization: Bearer %s"\\n' "$key" |
    curl -sS -K - -F "userfile=@\\"$quoted\\"" "$server/upload/key") || { failed=1; continue; }
  link=$(printf '%s\\n' "$answer" | sed -n 's/^{"url":"\\([^"]*\\)".*/\\1/p')
  if [ -n "$link" ]; then
    echo "$link"
  else
    reason=$(printf '%s\\n' "$answer" | sed -n 's/^{"error":"\\([^"]*\\)".*/\\1/p')
    echo "$file: \${reason:-the server did not take it}" >&2
    failed=1
  fi
done
exit $failed
`
  }
}
