#!/bin/sh
# An anonymous upload to the built-in address, through the proxy of the environment: proxy.sh FILE
set -eu
endpoint=http://api.sendspace.com/rest/
ticket=$(curl -sS "$endpoint?method=anonymous.uploadGetInfo&api_key=RESPACE001&api_version=1.0" | grep '<upload')
url=$(echo "$ticket" | sed 's/.* url="\([^"]*\)".*/\1/; s/&amp;/\&/g')
page=$(curl -sS -F "userfile=@$1" "$url" | sed -n 's/.*<download_url>\(.*\)<\/download_url>.*/\1/p')
echo "page=$page"
echo "title=$(curl -sS "$page" | sed -n 's/.*<title>\(.*\)<\/title>.*/\1/p')"
echo "tunnel=$(https_proxy=$http_proxy curl -s -o /dev/null -w '%{http_connect}' https://api.sendspace.com/ || true)"
echo "other=$(curl -s -o /dev/null -w '%{http_code}' http://example.org/)"
