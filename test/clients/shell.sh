#!/bin/sh
# An anonymous upload by curl, grep and sed: shell.sh SERVER FILE
# Reads XML as text: one line holds `<upload`, sed is greedy, and `&amp;` in the address stays as it is.
set -eu
server=$1
file=$2

upload=$(curl -sS "$server/rest/?method=anonymous.uploadGetInfo&api_key=RESPACE001&api_version=1.2" | grep '<upload')
url=$(echo "$upload" | sed 's/.* url="\(.*\)" m.*/\1/')
max=$(echo "$upload" | sed 's/.* max_file_size="\(.*\)" u.*/\1/')
identifier=$(echo "$upload" | sed 's/.* upload_identifier="\(.*\)" e.*/\1/')
extra=$(echo "$upload" | sed 's/.* extra_info="\(.*\)".*/\1/')

answer=$(curl -sS -F "MAX_FILE_SIZE=$max" -F "UPLOAD_IDENTIFIER=$identifier" -F "extra_info=$extra" -F "userfile=@$file" "$url")
line () { echo "$answer" | grep "<$1>" | sed "s/.*<$1>\(.*\)<\/$1>.*/\1/"; }

echo "upload_lines=$(echo "$upload" | wc -l | tr -d ' ')"
echo "url=$url"
echo "status=$(line status)"
echo "download_url=$(line download_url)"
echo "delete_url=$(line delete_url)"
