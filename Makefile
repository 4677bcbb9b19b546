# Everything goes through these targets; `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := build/stamps
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup demo test lint types vsix bench verify-leaks lock format clean

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

lock: $(STAMPS)/python ## pin the Python requirements again (with hashes, without index addresses)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate pyproject.toml -o requirements/runtime.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate --extra speed --group dev pyproject.toml -c requirements/runtime.txt -o requirements/dev.txt
