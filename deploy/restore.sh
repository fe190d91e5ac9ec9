#!/bin/sh
# A home from the two files of backup.sh. Stop the services first, and give the settings under which it was refreshed.
#   CIT_HOME=/var/lib/cit CIT=/opt/cit/.venv/bin/cit deploy/restore.sh /backup/cit-home.tar.gz /elsewhere/cit.key
# Where the key is CIT_PSEUDONYM_KEY, leave KEY out and set that variable.
set -eu
umask 077
[ $# -eq 1 ] || [ $# -eq 2 ] || { echo "usage: CIT_HOME=HOME $0 HOME.tar.gz [KEY]" >&2; exit 2; }
: "${CIT_HOME:?where the home is to lie}"
cit=${CIT:-cit}
if [ -d "$CIT_HOME" ] && [ -n "$(ls -A "$CIT_HOME")" ]; then
  echo "$CIT_HOME is not empty: move it away first." >&2
  exit 1
fi
mkdir -p "$CIT_HOME"
tar --extract --gzip --preserve-permissions --file "$1" --directory "$CIT_HOME"
chmod 700 "$CIT_HOME"
if [ $# -eq 2 ]; then
  $cit key restore "$2" || { echo "The tables are restored, their key is not: see above." >&2; exit 1; }
fi
$cit doctor
