# Every command of the project. `make help` lists them.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
export PIP_NO_INPUT := 1

.DEFAULT_GOAL := help

.PHONY: help
help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | while IFS="$$(printf '\t')" read -r name what; do printf '  make %-12s %s\n' "$$name" "$$what"; done

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ccost needs Python 3.11 or newer; set PYTHON=/path/to/it")'
	$(PYTHON) -m venv $(VENV)

# A stamp per lock: an install happens once, and again when the lock changes.
$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing ccost into $(VENV) ..."
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "Installing the development tools into $(VENV) ..."
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

.PHONY: install
install: $(VENV)/.runtime ## Install ccost into .venv (the command is .venv/bin/ccost)

.PHONY: demo
demo: $(VENV)/.runtime ## The playground: an invented company, a Slack workspace, the real bot; no key needed
	$(BIN)/ccost demo $(ARGS)

# The tests of a module stay together, since they share what takes seconds to build. Three workers for two cores: tests wait
# for processes, clocks and disks.
WORKERS = $(shell $(PYTHON) -c 'import os; print(3 * os.cpu_count() // 2)')

.PHONY: test
test: $(VENV)/.dev ## All tests, on SQLite and PostgreSQL (some of them: make test ARGS=tests/store)
ifdef ARGS
	$(BIN)/python -m pytest $(ARGS)
else
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder
endif

.PHONY: soak
soak: $(VENV)/.dev ## Long runs: 400,000 budget histories, every zone to 2037, a million amounts, damage to every parser, 200 days of deaths, every guard removed once
	$(BIN)/python -m tests.soak_thresholds
	$(BIN)/python -m tests.soak_zones
	$(BIN)/python -m tests.soak_oracle
	$(BIN)/python -m tests.soak_parsers
	$(BIN)/python -m tests.simulation.simulate 200
	$(BIN)/python -m tests.mutants

.PHONY: smoke
smoke: $(VENV)/.dev ## Start the playground as a newcomer would, ask one question, stop
	$(BIN)/python -m tests.smoke

.PHONY: check
check: $(VENV)/.dev ## ruff, mypy strict, import-linter, migrations against the tables
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --config .importlinter
	$(BIN)/python -m tests.check_migrations

.PHONY: format
format: $(VENV)/.dev ## Let ruff format and mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: docs
docs: $(VENV)/.dev ## Renew the tables of the documentation that follow from the code
	$(BIN)/python -m tests.write_docs

.PHONY: screenshots
screenshots: $(VENV)/.dev ## Pictures of the playground (needs Debian's chromium) into build/screenshots
	$(BIN)/python -m tests.screenshots

.PHONY: lock
lock: $(VENV)/.dev ## Renew both locks (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --group build pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --group build --group dev pyproject.toml -o requirements-dev.lock

.PHONY: clean
clean: ## Remove what the tools left (not .venv)
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
