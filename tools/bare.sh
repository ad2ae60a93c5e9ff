#!/usr/bin/env bash
# The bare lane: build the wheel, install it with its base dependencies alone into a fresh environment, and run the main job from another folder.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$root"
.venv/bin/python -m build --wheel --outdir "$work/dist" . >"$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "$work"/dist/*.whl pytest
cd "$work"
"$work/venv/bin/reliabel" --help >/dev/null
"$work/venv/bin/reliabel" demo -o demo
test -s demo/digits.audit/audit.json && test -s demo/digits.audit/report.html && test -s demo/digits.audit/labels.parquet
cp -r "$root/tests" tests && cp "$root/pyproject.toml" .
"$work/venv/bin/python" -m pytest -q -p no:cacheprovider -o testpaths=tests -o addopts="--import-mode=importlib --strict-markers" \
  -m "not real and not slow and not heavy and not browser" tests/conformance tests/unit/core
cd "$root"
RELIABEL_BIN="$work/venv/bin/reliabel" .venv/bin/python -m pytest -m "not heavy" tests/journey
echo "bare lane: passed"
