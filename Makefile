# make run    the sample pair in seeds/, aligned, as a table
# make test   lint, types and all tests
# Both make .venv and install what they need into it.

PYTHON ?= python3
# a version that is named exactly is had as the build without CUDA, where an index offers one
TORCH ?= torch==2.13.0
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test check lint types bench fit clean

run: $(VENV)/installed
	$(BIN)/polyalign pair seeds/baku.ar.txt seeds/baku.en.txt --format table

test: check

check: lint types
	$(BIN)/python -m pytest

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed-dev
	$(BIN)/mypy

bench: $(VENV)/installed-dev
	$(BIN)/python benchmarks/detection.py
	$(BIN)/python benchmarks/segmentation.py
	$(BIN)/python benchmarks/quality.py
	$(BIN)/python benchmarks/calibration.py
	$(BIN)/python benchmarks/scaling.py --sizes 1000,3000,10000
	$(BIN)/python benchmarks/speed.py

fit: $(VENV)/installed-dev
	$(BIN)/python models/alignment/fit.py ../shared/bench

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "polyalign needs Python 3.11 or later: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/installed-dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet $(TORCH)
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis
