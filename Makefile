# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
RELIABEL_DATA ?= $(if $(wildcard ../shared/data),$(abspath ../shared/data))
export RELIABEL_DATA
# one BLAS thread a process: the tests run on all cores anyway, and answers do not depend on the machine
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
WORKERS ?= 2
BASE ?= HEAD~1
FAST := not real and not slow and not heavy and not browser and not journey
# a test that waits for ever fails after ten minutes, and says where it waited
PYTEST := $(PY) -m pytest -n $(WORKERS) --dist loadfile --timeout 600

.PHONY: demo test fast coverage law same mutants lint types pages docs site walk bare lanes real bench golden clean setup chromium postgresql peers ui

demo: $(VENV)/.ready        ## the whole journey on digits with planted errors
	$(VENV)/bin/reliabel demo

test: setup                 ## what CI runs; the tests build the site themselves
	$(MAKE) -j2 bare types lint pages
	$(PYTEST) -m "not heavy and not journey"

fast: setup                 ## the quick tests
	$(PYTEST) -m "$(FAST)"

coverage: setup             ## the quick tests, and which share of each package they run (half as long again)
	$(PYTEST) -m "$(FAST)" --cov --cov-report=
	$(PY) tools/coverage_table.py

law: setup                  ## the laws for one method: make law NAME=dawid_skene
	$(PY) -m pytest tests/conformance -k "$(NAME)"

same: $(VENV)/.ready        ## no number changed since another revision: make same BASE=main
	$(PY) tools/same_numbers.py $(BASE)

mutants: $(VENV)/.ready     ## which small faults do the tests miss: make mutants SAMPLE=200 (hours without SAMPLE)
	$(PY) tools/mutants.py $(if $(SAMPLE),--sample $(SAMPLE))

lint: $(VENV)/.ready
	$(VENV)/bin/ruff format --check src tests tools examples
	$(VENV)/bin/ruff check src tests tools examples

types: $(VENV)/.ready
	$(VENV)/bin/mypy

pages: $(VENV)/.ready       ## the written pages are as the source says
	$(PY) tools/signatures.py --check
	$(PY) tools/docs.py --check

docs: pages                 ## and the site builds without a warning
	NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict --quiet

site: docs                  ## the site at http://127.0.0.1:8000, built again as pages change
	NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs serve

walk: setup peers           ## every tutorial and guide, block by block, the peers' calls too
	$(PY) tools/walk_docs.py

bare: $(VENV)/.ready        ## the wheel with its base dependencies alone, from another folder
	bash tools/bare.sh

lanes: $(VENV)/.ready       ## every Python there is, with the oldest and the newest dependencies
	$(PY) -m pip install --quiet --group lanes
	$(PY) tools/lanes.py $(LANES)

real: setup                 ## long runs on real data
	$(PYTEST) -m "(real or heavy) and not journey"
	$(PY) -m pytest -m heavy tests/journey

bench: setup peers          ## quality and cost beside the peers
	$(VENV)/bin/reliabel bench run audit
	$(VENV)/bin/reliabel bench run cost
	$(VENV)/bin/reliabel bench run aggregate
	$(VENV)/bin/reliabel bench run trust
	$(VENV)/bin/reliabel bench run certificate

golden: setup peers         ## record the peers' numbers
	.venv-peers/bin/python tools/record_golden.py

setup: $(VENV)/.ready chromium postgresql

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --upgrade pip
	$(PY) -m pip install --quiet -c constraints.txt -e '.[torch,text,sentence-transformers,image,pictures,neighbours,ray,review,bench]' --group dev
	touch $@

ui:                         ## build the review page (Node 20); the built page is committed, nobody else needs Node
	cd ui && npm ci --no-audit --no-fund && npm run check && npm run build

chromium:                   ## the browser tests need it; where it cannot be had they say so and skip
	bash tools/chromium.sh

postgresql:                 ## the log is tested on it too; where it cannot be had the tests say so and skip
	bash tools/postgresql.sh

peers: .venv-peers/.ready
.venv-peers/.ready: bench/peers.txt
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/pip install --quiet -r bench/peers.txt
	touch $@

clean:
	rm -rf $(VENV) .venv-peers dist build .mypy_cache .ruff_cache .pytest_cache
