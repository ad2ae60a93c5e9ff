#!/usr/bin/env bash
# Chromium for the browser tests, from the system's packages where we may install them.
set -u
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null && exit 0
fi
echo "Chromium is not installed and cannot be installed from here: the browser tests will be skipped" >&2
