# Everything goes through these targets; `make` lists them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := build/stamps
FOLDER ?=
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup demo test check unit bench compare-imports verify-leaks soak crash fuzz load lock format clean
.DEFAULT_GOAL := help

include mk/vscode.mk
include mk/editors.mk

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(STAMPS)/python ## the Python environment, with what the tests need

$(STAMPS)/venv:
	@mkdir -p $(STAMPS)
	@bash scripts/need-venv.sh $(PYTHON)
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(STAMPS)/python: $(STAMPS)/venv requirements/dev.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(STAMPS)/python ## a real session, played: a TODO becomes an issue (FOLDER=... plays on your own repository)
	@$(BIN)/issuelens demo $(FOLDER)

test: check vscode-check unit test-vscode ## every check and every test

check: $(STAMPS)/python ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

# Few descriptors, so that a leak fails here before it fails at a user's.
unit: vsix editors ## the tests alone
	@bash scripts/need-shells.sh
	@bash scripts/need-strace.sh
	ulimit -n 256 && $(BIN)/python -m pytest -n 2 --dist worksteal

bench: $(STAMPS)/python ## the figures of docs/performance.md
	$(BIN)/python -m bench

compare-imports: $(STAMPS)/python ## import FILES="…" of other trackers, export them again, compare every field
	$(BIN)/python -m bench.roundtrip $(FILES)

verify-leaks: $(STAMPS)/python ## the long leak check, with its counters
	$(BIN)/issuelens doctor --leaks

PART ?= 1
soak: $(STAMPS)/python ## lifecycles, thousands of times: nothing may stay (PART=0.1 runs a tenth)
	$(BIN)/python -m reliability soak --part $(PART)

crash: $(STAMPS)/python ## kills, full disks, failing devices: nothing acknowledged may be lost
	@bash scripts/need-strace.sh
	$(BIN)/python -m reliability crash --part $(PART)

fuzz: $(STAMPS)/python ## hostile input by the million: an answer to each request, and nothing else
	$(BIN)/python -m reliability fuzz --part $(PART)

load: $(STAMPS)/python ## fifty clients for minutes
	$(BIN)/python -m reliability load --part $(PART)

lock: $(STAMPS)/python ## pin the Python requirements anew (with hashes, without index addresses)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate pyproject.toml -o requirements/runtime.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate --extra speed --extra watch --group dev pyproject.toml -c requirements/runtime.txt \
	  -o requirements/dev.txt

format: $(STAMPS)/python ## format and fix what can be
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## take back what the targets made
	rm -rf build dist node_modules $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
