# make install   the virtual environment in .venv, with everything coolwatch needs
# make demo      a simulated hall loses its cooling, shown live in the terminal
# make test      lint, types and every test, against real services
# make bench     every benchmark, up to two hours; writes docs/benchmarks.md
# make chaos     half an hour of kills, freezes and failures of all that stands around; see docs/reliability.md

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
DEMO ?=

.PHONY: install demo test bench chaos services

install: .venv/.installed

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "coolwatch needs Python 3.11 or newer (PYTHON=/path/to/python3 make ...)" >&2; exit 1; }
	$(PYTHON) -m venv .venv

# The stamps are written last, so that an install that was broken off is done again.
.venv/.installed: pyproject.toml | .venv/bin/python
	@echo "installing into .venv; the first time this takes some minutes"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

.venv/.installed-dev: pyproject.toml | .venv/bin/python
	@echo "installing into .venv, with what the tests need; the first time this takes some minutes"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,postgresql]'
	@touch .venv/.installed $@

demo: install
	@$(BIN)/coolwatch demo $(DEMO)

services:
	@sh tests/services/install.sh

test: .venv/.installed-dev services
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2

bench: .venv/.installed-dev services
	$(BIN)/python -m benchmarks.report

chaos: .venv/.installed-dev services
	$(BIN)/python -m benchmarks.chaos --json
