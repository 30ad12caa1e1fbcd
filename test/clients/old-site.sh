#!/bin/sh
# The forms and pages of the old web site, as a download manager for shells uses them: line by line, without an XML parser.
#   old-site.sh SERVER up FILE NAME DESCRIPTION [USER PASSWORD] · old-site.sh SERVER delete LINK · old-site.sh SERVER list LINK
# It takes forms by their number on the page, needs their addresses whole, and follows no redirect.
set -eu
server=$1
action=$2
jar=$(mktemp)
trap 'rm -f "$jar"' EXIT

# form N: the Nth <form> of the page on standard input, -1 for the last. Its marks must stand on lines of their own.
form () {
  awk -v wanted="$1" '
    tolower($0) ~ /<form[ >]/ { count++; open = 1; text[count] = "" }
    open { text[count] = text[count] $0 "\n" }
    tolower($0) ~ /<\/form>/ { open = 0 }
    END { print text[wanted < 0 ? count : wanted] }'
}
# attribute PATTERN NAME: of the first line with that pattern; an empty one counts as missing.
attribute () {
  value=$(grep "$1" | head -n 1 | sed -n "s/.*[[:space:]]$2=\"\([^\">]*\).*/\1/p")
  if [ -z "$value" ]; then echo "no $2 where $1" >&2; exit 1; fi
  echo "$value"
}

case $action in
up)
  if [ $# -ge 7 ]; then
    curl -sS -c "$jar" -o "$jar.answer" -d "action=login&submit=login&target=%2F&action_type=login&remember=1&username=$6&password=$7" "$server/login.html"
    rm -f "$jar.answer"
    state=$(awk '$6 == "ssal" { print $7 }' "$jar")
    if [ -z "$state" ] || [ "$state" = deleted ]; then echo "login=failed"; exit 0; fi
    echo "login=ok"
  fi
  last=$(curl -sS -b "$jar" "$server" | form -1)
  url=$(echo "$last" | attribute '<form' action)
  max=$(echo "$url" | sed -n 's/.*MAX_FILE_SIZE=\([0-9]*\).*/\1/p')
  echo "max=$max"
  progress=$(echo "$last" | attribute '<input[^>]*name="PROGRESS_URL"' value)
  signature=$(echo "$last" | attribute '<input[^>]*name="signature"' value)
  set -- "$@"
  owner=
  if [ $# -ge 7 ]; then
    user=$(echo "$last" | attribute '<input[^>]*name="userid"' value)
    owner=$(echo "$last" | attribute '<input[^>]*name="ownemail"' value)
    page=$(curl -sS -b "$jar" -F "PROGRESS_URL=$progress" -F js_enabled=1 -F "signature=$signature" -F upload_files= -F "userid=$user" -F terms=1 -F 'file[]=' \
      --form-string "description[]=$5" -F "upload_file[]=@$3;filename=$4" -F folder_id=0 -F recpemail_fcbkinput=recipient@email.com -F "ownemail=$owner" -F recpemail= "$url")
  else
    page=$(curl -sS -b "$jar" -F "PROGRESS_URL=$progress" -F js_enabled=1 -F "signature=$signature" -F upload_files= -F terms=1 -F 'file[]=' \
      --form-string "description[]=$5" -F "upload_file[]=@$3;filename=$4" -F recpemail_fcbkinput=recipient@email.com -F ownemail= -F recpemail= "$url")
  fi
  echo "link=$(echo "$page" | attribute 'share link.>' href)"
  echo "delete_link=$(echo "$page" | attribute '/delete/' href)"
  ;;
delete)
  page=$(curl -sS "$3")
  if ! echo "$page" | grep -q 'You are about to delete the folowing file'; then echo "deleted=wrong code"; exit 0; fi
  third=$(echo "$page" | form 3)
  url=$(echo "$third" | attribute '<form' action)
  submit=$(echo "$third" | attribute '<input[^>]*name="delete"' value)
  if curl -sS -F "submit=$submit" "$url" | grep -q 'file has been successfully deleted'; then echo "deleted=yes"; else echo "deleted=no"; fi
  ;;
list)
  page=$(curl -sS "$3")
  echo "links=$(echo "$page" | grep 'class="dl" align="center' | sed 's/.*[[:space:]]href="\([^">]*\).*/\1/' | tr '\n' ' ')"
  echo "names=$(echo "$page" | grep 'class="dl" align="center' | sed 's/.*[[:space:]]title="\([^">]*\).*/\1/' | tr '\n' '|')"
  ;;
esac
