# Each target does all of its own set-up, below .make/, and again only when what it was made from has changed.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
# What a shell has set for its own work must not reach into the environments here.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV
.DEFAULT_GOAL := help
.PHONY: help demo test check bench chaos pins clean python components

PYTHON = $(shell tools/find-python)
TEST := .make/test/venv/bin
# Two workers where there are two processors: the browser and the databases wait more than they compute.
WORKERS ?= 2
PYTEST_ARGUMENTS ?=
KILLS ?= 500
CHAOS_ARGUMENTS ?=

help: ## what can be typed here
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 14

demo: python ## a CovetPy service under live traffic, and the control plane over it, in a browser
	@$(PYTHON) tools/environment.py demo
	@.make/demo/venv/bin/covet-sre demo $(DEMO_ARGUMENTS)

test: components check ## check, then every test, against the installed wheels and the real components
	@rm -f .make/test/report.xml
	@$(TEST)/pytest -n $(WORKERS) --junitxml=.make/test/report.xml $(PYTEST_ARGUMENTS)
	@$(TEST)/python tools/refuse_skips.py .make/test/report.xml

check: python ## formatting, lint, strict types, the rings
	@$(PYTHON) tools/environment.py test
	@$(TEST)/ruff format --check --quiet .
	@$(TEST)/ruff check --quiet .
	@$(TEST)/basedpyright --pythonpath $(TEST)/python
	@$(TEST)/lint-imports

bench: python ## every figure beside its target, into benchmarks/RESULTS.md
	@tools/install-components $(PYTHON) bench
	@$(PYTHON) tools/environment.py bench
	@.make/bench/venv/bin/python -m benchmarks --date "$$(date -u +%Y-%m-%d)" $(BENCH_ARGUMENTS)

chaos: components ## kill servers under load (KILLS=500), cut the power, and write docs/RELIABILITY.md
	@$(PYTHON) tools/environment.py test
	@$(TEST)/python -m tests.chaos --kills $(KILLS) $(CHAOS_ARGUMENTS)

pins: python ## compile requirements/*.in into exact versions with hashes (UPGRADE=--upgrade for the newest)
	@$(PYTHON) tools/environment.py pins --packages-only
	@UV=.make/pins/venv/bin/uv tools/compile-pins $(UPGRADE)

clean: ## remove what the other targets have made
	rm -rf .make .pytest_cache .ruff_cache .hypothesis .import_linter_cache

python:
	@tools/find-python >/dev/null
	@tools/install-components $(PYTHON)

components: python
	@tools/install-components $(PYTHON) all
