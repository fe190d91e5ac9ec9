#!/bin/sh
# A home in one file, taken between two runs, and its pseudonym key in another: keep the two apart.
#   CIT_HOME=/var/lib/cit PYTHON=/opt/cit/.venv/bin/python deploy/backup.sh /backup/cit-home.tar.gz /elsewhere/cit.key
# A history in PostgreSQL is not in it: pg_dump it beside.
set -eu
umask 077
[ $# -eq 2 ] || { echo "usage: CIT_HOME=HOME $0 HOME.tar.gz KEY" >&2; exit 2; }
: "${CIT_HOME:?the home to back up}"
python=${PYTHON:-python3}
[ -f "$CIT_HOME/home.json" ] || { echo "$CIT_HOME is no home: it has no home.json." >&2; exit 1; }
staged=$(mktemp -d)
trap 'rm -rf "$staged" "$1.partial" "$1.partial.gz" "$2.partial"' EXIT

# A run holds this lock to its end; who refreshes meanwhile waits.
exec 9<"$CIT_HOME/run.lock"
flock 9
# Ticks write to Dagster's SQLite files at any time: each is copied by SQLite itself.
"$python" - "$CIT_HOME" "$staged" <<'COPY'
import sqlite3, sys
from contextlib import closing
from pathlib import Path

home, staged = map(Path, sys.argv[1:])
for file in (home / "dagster").rglob("*.db"):
    copy = staged / file.relative_to(home)
    copy.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as live, closing(sqlite3.connect(copy)) as kept:
        live.backup(kept)
COPY
tar --create --file "$1.partial" --exclude='./pseudonym.key*' --exclude=./run.lock --exclude='./spill/*' \
  --exclude='*.db' --exclude='*.db-wal' --exclude='*.db-shm' --exclude='*.db-journal' --exclude=./dagster/dagster.yaml \
  --directory "$CIT_HOME" .
flock -u 9
tar --append --file "$1.partial" --directory "$staged" .
if [ -f "$CIT_HOME/pseudonym.key" ]; then
  cp "$CIT_HOME/pseudonym.key" "$2.partial" && mv "$2.partial" "$2"
  echo "The pseudonym key is in $2: keep it apart from $1."
else
  echo "The home has no key of its own: save CIT_PSEUDONYM_KEY apart from $1."
fi
gzip "$1.partial" && mv "$1.partial.gz" "$1"
echo "The home is in $1."
