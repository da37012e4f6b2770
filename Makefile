# make install        the virtual environment in .venv, with everything coolwatch needs
# make demo           a simulated hall loses its cooling, shown live in the terminal
# make test           lint, types and every quick test, against real services: under 20 minutes
# make test-install   the wheel, in an environment of its own
# make test-pythons   lint, types and what needs no service, on each other Python from 3.11 that is here; of a test
#                     whose cases differ in numbers alone the first case, since make test reckons all of them
# make test-chaos     the short form of make chaos
# make test-versions  the same as test-pythons, with the newest and the lowest libraries allowed; only reports
# make lock           constraints.txt anew: the newest libraries allowed
# make chaos          half an hour of kills, freezes and failures of all that stands around; see docs/reliability.md
# make fuzz           ten million hostile records, every one accounted for
# make soak           a day of a hall of 2,000 points, at speed
# make field          telemetry as sites have it, case by case, from ../shared/field
# make bench          every benchmark, up to two hours; writes docs/benchmarks.md

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
# What is installed stands in constraints.txt, so that it is the same everywhere.
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
NEEDS_NO_SERVICE := not kafka and not influxdb and not victoriametrics and not slow and not install and not chaos
PART ?=
DEMO ?=
CHAOS ?=
FUZZ ?=
SOAK ?=
FIELD ?=

.PHONY: install demo services lint kernels test test-part test-install test-pythons test-chaos test-versions lock \
	chaos fuzz soak field bench

install: $(VENV)/.installed

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "coolwatch needs Python 3.11 or newer (PYTHON=/path/to/python3 make ...)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The stamps are written last, so that an install that was broken off is done again.
$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing into $(VENV); the first time this takes some minutes"
	@$(PIP_INSTALL) -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing into $(VENV), with what the tests need; the first time this takes some minutes"
	@$(PIP_INSTALL) -e '.[dev,postgresql]'
	@touch $(VENV)/.installed $@

demo: install
	@$(BIN)/coolwatch demo $(DEMO)

services:
	@sh tests/services/install.sh

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint services
	$(BIN)/pytest -n 2

test-part: $(VENV)/.installed-dev kernels
	$(BIN)/pytest -n 2 -m '$(NEEDS_NO_SERVICE)' $(PART)

# Compiled once, and not by each of pytest's workers.
kernels: $(VENV)/.installed-dev
	$(BIN)/coolwatch warmup

test-install: $(VENV)/.installed-dev
	$(BIN)/pytest -m install

test-pythons: $(VENV)/.installed-dev
	@sh tests/pythons.sh $(BIN)/python

test-versions: $(VENV)/.installed-dev
	@sh tests/versions.sh $(BIN)/uv

test-chaos: $(VENV)/.installed-dev services
	$(BIN)/pytest -m chaos

lock: $(VENV)/.installed-dev
	$(BIN)/uv pip compile --quiet --universal --fork-strategy fewest --upgrade --all-extras --no-annotate \
		--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
		--output-file constraints.txt pyproject.toml

chaos: $(VENV)/.installed-dev services
	$(BIN)/python -m benchmarks.chaos --json $(CHAOS)

fuzz: $(VENV)/.installed-dev services
	$(BIN)/python -m benchmarks.fuzz $(FUZZ)

soak: $(VENV)/.installed-dev services
	$(BIN)/python -m benchmarks.soak $(SOAK)

field: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks.field $(FIELD)

bench: $(VENV)/.installed-dev services
	$(BIN)/python -m benchmarks.report
