#!/usr/bin/env bash
# The bare lane: build the wheel, install it with its base dependencies alone into a fresh environment, and run the main job from another folder.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$root"
.venv/bin/python -m build --wheel --outdir "$work/dist" . >"$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
python3 -m zipfile -l "$work"/dist/*.whl | grep "reliabel/review/static/index.html" >/dev/null || { echo "the wheel lacks the review page"; exit 1; }
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "$work"/dist/*.whl pytest
cd "$work"
"$work/venv/bin/reliabel" --help >/dev/null
"$work/venv/bin/reliabel" demo -o demo
test -s demo/digits.audit/audit.json && test -s demo/digits.audit/report.html && test -s demo/digits.audit/labels.parquet
cp -r "$root/tests" tests && cp "$root/pyproject.toml" .
# every algorithm with all its evidence, with what it needs alone, and by its verb: the other laws would say the same as in the full environment
pytest=("$work/venv/bin/python" -m pytest -q -p no:cacheprovider -o testpaths=tests -o addopts="--import-mode=importlib --strict-markers")
"${pytest[@]}" -m "not real and not slow and not heavy and not browser" tests/unit/core tests/conformance/test_catalogue.py tests/conformance/test_labels.py
"${pytest[@]}" -m "not real and not slow and not heavy and not browser" tests/conformance \
  -k "law_same_seed_same_answer or law_evidence_with_a_default_may_be_missing or law_edges_get_an_answer_or_a_sentence_from_the_verb"
cd "$root"
RELIABEL_BIN="$work/venv/bin/reliabel" .venv/bin/python -m pytest -m "not heavy" tests/journey
echo "bare lane: passed"
