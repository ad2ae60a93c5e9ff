#!/usr/bin/env bash
# PostgreSQL for the tests of the log, from the system's packages where we may install them.
set -u
server() { command -v initdb >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null; }
server && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql >/dev/null && server && exit 0
fi
echo "PostgreSQL is not installed and cannot be installed from here: the tests of the log run on SQLite alone" >&2
