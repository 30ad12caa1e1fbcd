#!/bin/sh
# The life of one file on a real server, with curl: register, log in, upload while polling the progress,
# download through the page and through the direct link, interrupt and resume, compare checksums.
# Usage: npm run build && sh scripts/real-run.sh [MiB]
set -eu
mib=${1:-1024}
cd "$(dirname "$0")/.."
work=$(mktemp -d)
node dist/main.js serve --port 0 --storage "$work/storage" --ready-file "$work/ready.json" > "$work/log" &
server=$!
trap 'kill $server; wait $server || true; rm -rf "$work"' EXIT
until [ -s "$work/ready.json" ]; do sleep 0.1; done
url=$(sed 's/.*"url":"\([^"]*\)".*/\1/' "$work/ready.json")

say () { printf '\n$ %s\n' "$*"; }
api () { curl -sS -G "$url/rest/" "$@"; }
element () { sed -n "s|.*<$1>\(.*\)</$1>.*|\1|p"; }
attribute () { sed -n "s|.* $1=\"\([^\"]*\)\".*|\1|p" | sed 's/&amp;/\&/g'; }
md5 () { printf %s "$1" | md5sum | cut -d' ' -f1; }

head -c "${mib}M" /dev/urandom > "$work/film.bin"

say auth.register user_name=alice
api -d method=auth.register -d api_key=RESPACE001 -d user_name=alice --data-urlencode 'full_name=Alice Example' \
  -d email=alice@example.org -d password=secret1

say auth.createToken and auth.login
token=$(api -d method=auth.createToken -d api_key=RESPACE001 -d api_version=1.2 | element token)
login=$(api -d method=auth.login -d token="$token" -d user_name=alice -d tokened_password="$(md5 "$token$(md5 secret1)")")
session=$(echo "$login" | element session_key)
echo "$login" | sed "s/$session/…/"

say upload.getInfo
ticket=$(api -d method=upload.getInfo -d session_key="$session")
progress=$(echo "$ticket" | attribute progress_url)
echo "$ticket" | sed 's/\(IDENTIFIER=\|upload_identifier="\|extra_info="\)[^"&]*/\1…/g'

say "curl -F userfile=@film.bin ($mib MiB), and its progress meanwhile"
curl -sS -F userfile=@"$work/film.bin" -w 'sent in %{time_total} s\n' "$(echo "$ticket" | attribute url)" > "$work/answer" &
upload=$!
while :; do
  xml=$(curl -sS "$progress")
  status=$(echo "$xml" | element status)
  echo "$status $(echo "$xml" | element meter) %, $(echo "$xml" | element uploaded_bytes) of $(echo "$xml" | element total_size) bytes, eta $(echo "$xml" | element eta)"
  [ "$status" = ok ] || break
  sleep 0.3
done
wait $upload
cat "$work/answer"
id=$(sed -n 's/^file_id=//p' "$work/answer")

say "curl /file/$id"
link=$(curl -sS "$url/file/$id" | attribute href | grep '/dl/' | head -n 1)
curl -sS -o "$work/from-page.bin" -w '%{http_code}, %{size_download} bytes in %{time_total} s\n' "$link"

say the direct link of files.getInfo, broken off and resumed
direct=$(api -d method=files.getInfo -d session_key="$session" -d file_id="$id" | attribute direct_download_url)
curl -sS --limit-rate "$((mib / 4))M" --max-time 2 -o "$work/resumed.bin" -w '%{http_code}, %{size_download} bytes\n' "$direct" || true
curl -sS -C - -o "$work/resumed.bin" -w '%{http_code}, %{size_download} bytes more\n' "$direct"

say sha256sum
cd "$work"
sha256sum film.bin from-page.bin resumed.bin
[ "$(sha256sum < film.bin)" = "$(sha256sum < from-page.bin)" ] && [ "$(sha256sum < film.bin)" = "$(sha256sum < resumed.bin)" ]
echo 'all three are the same'
