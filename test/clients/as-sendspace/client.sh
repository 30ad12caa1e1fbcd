#!/bin/sh
# An anonymous upload to the built-in address by HTTPS, as if to sendspace: client.sh FILE
set -eu
ticket=$(curl -sS 'https://api.sendspace.com/rest/?method=anonymous.uploadGetInfo&api_key=RESPACE001&api_version=1.0' | grep '<upload')
url=$(echo "$ticket" | sed 's/.* url="\([^"]*\)".*/\1/; s/&amp;/\&/g')
page=$(curl -sS -F "userfile=@$1" "$url" | sed -n 's/.*<download_url>\(.*\)<\/download_url>.*/\1/p')
echo "page=$page"
echo "title=$(curl -sS "$page" | sed -n 's/.*<title>\(.*\)<\/title>.*/\1/p')"
echo "direct=$(curl -sS -o /dev/null -w '%{http_code}' "$RESPACE_URL/_emulator/v1/journal")"
echo "proxied=$(curl -sS -o /dev/null -w '%{http_code}' https://api.sendspace.com/_emulator/v1/journal)"
echo "other=$(curl -s -o /dev/null -w '%{http_connect}' https://example.org/ || true)"
