# `make help` lists what there is. Every target does its own set-up.

PORT ?= 8000
# The first Python that runs and is new enough (a name on the path may be a stub that does not run).
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check bench lock migration format clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  PORT=$(PORT)  PYTHON=$(PYTHON)"

demo: .venv/runtime-installed  ## load the demo portfolio and serve it on PORT
	$(BIN)/kulant demo --port $(PORT)

test: check  ## all checks, then all tests
	$(BIN)/python -m pytest -n 2 --dist worksteal

check: .venv/dev-installed  ## style, types, layers, templates, migrations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/python -m pytest --quiet tests/test_migrations.py

bench: .venv/dev-installed  ## the benchmarks, as one table
	$(BIN)/python -m tests.bench

migration: .venv/dev-installed  ## write a migration from the models: make migration NAME="what changes"
	$(BIN)/python -c 'import sys; from kulant.schema import new_revision; new_revision(sys.argv[1])' "$(NAME)"

format: .venv/dev-installed  ## rewrite the code in the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# UPGRADE=1 takes the newest versions; without it only what pyproject.toml asks for changes.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

lock: .venv/dev-installed  ## resolve requirements/*.txt anew from pyproject.toml
	$(LOCK) --group build pyproject.toml --output-file requirements/runtime.txt
	$(LOCK) --group dev --constraint requirements/runtime.txt pyproject.toml --output-file requirements/dev.txt

clean:  ## remove everything made here but data
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests migrations -name __pycache__ -prune -exec rm -rf {} +

# Set-up. A stamp stands for one finished step and is older than nothing it depends on, so a second run is quick.

.venv/created:
	@test -n "$(PYTHON)" || { echo "error: Python 3.11 or newer is needed: make PYTHON=/path/to/python3" >&2; exit 1; }
	@PYTHON=$(PYTHON) scripts/system_packages.sh runtime
	$(PYTHON) -m venv .venv
	@touch $@

.venv/runtime-system: .venv/created scripts/system_packages.sh
	@PYTHON=$(PYTHON) scripts/system_packages.sh runtime
	@touch $@

.venv/dev-system: .venv/created scripts/system_packages.sh
	@PYTHON=$(PYTHON) scripts/system_packages.sh test
	@touch $@

# The development set holds the runtime set in the same versions: with it there, nothing is left to do.
.venv/runtime-installed: .venv/runtime-system requirements/runtime.txt pyproject.toml
	@echo "Installing Kulant into .venv"
	@test -e .venv/dev-installed || $(PIP) install --require-hashes --requirement requirements/runtime.txt
	@test ! -e .venv/dev-installed || $(PIP) install --require-hashes --requirement requirements/dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev-installed: .venv/dev-system requirements/dev.txt pyproject.toml
	@echo "Installing Kulant and its development tools into .venv"
	@$(PIP) install --require-hashes --requirement requirements/dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@ .venv/runtime-system .venv/runtime-installed
