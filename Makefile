# make run     the sample pair in seeds/, aligned, as a table
# make test    lint, types and the tests; SLOW=1 adds those that are slow
# Both make .venv and install into it what .ci/requirements locks, with hashes.
#
# make docs    the site of the documentation, in build/site; a link that leads nowhere fails
#
# make soak    the faults of tests/faults, each for SOAK seconds (60); make fuzz  FUZZ seconds (60) a target
#
# make newest  the tests with the newest versions that pyproject.toml allows, in .venv-newest; of PyTorch
#              the locked one, or NEWEST_TORCH=torch
# make newest-output   of these, what processes print; without PyTorch, so that it takes a minute
# make oldest  the same with the oldest ones, in .venv-oldest
# make lock    choose the locked versions anew

PYTHON ?= python3
# one more than the usual two cores: browsers and servers are waited for
JOBS ?= 3
SLOW ?=
SOAK ?= 60
FUZZ ?= 60
VENV := .venv
BIN := $(VENV)/bin
LOCKED := .ci/requirements
PIP = $(BIN)/python -m pip install --quiet
PYTEST = -m pytest -n $(JOBS) --dist worksteal $(if $(SLOW),-m '')
# a version that is named exactly is had as the build without CUDA, where pip knows a place that offers it
TORCH ?= torch==2.13.0
NEWEST_TORCH ?= $(TORCH)
EAGER := --upgrade --upgrade-strategy eager
UV = $(BIN)/uv
TSC := tests/node_modules/.bin/tsc

.PHONY: docs soak fuzz run test check lint types newest newest-output oldest lock bench fit clean

run: $(VENV)/installed
	$(BIN)/polyalign pair seeds/baku.ar.txt seeds/baku.en.txt --format table

test: check

check: lint types
	$(BIN)/python $(PYTEST)

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@if [ -x $(TSC) ]; then $(TSC) -p tests/server/page; \
	  else echo "no TypeScript: the types of the page's modules are not checked (npm install --prefix tests typescript)"; fi

types: $(VENV)/installed-dev
	$(BIN)/mypy

docs: $(VENV)/installed-dev
	$(BIN)/python -m sphinx -q -W --keep-going -b html -d build/doctrees docs build/site

newest: | .venv-newest/bin/python
	.venv-newest/bin/python -m pip install --quiet --upgrade pip
	.venv-newest/bin/python -m pip install --quiet $(NEWEST_TORCH)
	.venv-newest/bin/python -m pip install --quiet $(EAGER) --editable '.[dev]' $(NEWEST_TORCH)
	.venv-newest/bin/python $(PYTEST)

newest-output: | .venv-newest-output/bin/python
	.venv-newest-output/bin/python -m pip install --quiet $(EAGER) --editable '.[faiss,parquet]' \
	  filelock hypothesis pytest
	.venv-newest-output/bin/python -m pytest tests/test_standard_output.py

oldest: .venv-oldest/installed
	.venv-oldest/bin/python $(PYTEST)

soak: $(VENV)/installed-dev
	POLYALIGN_SOAK=$(SOAK) $(BIN)/python -m pytest -n0 -m slow tests/faults

fuzz: $(VENV)/installed-dev
	$(BIN)/python tests/faults/fuzz.py --seconds $(FUZZ)

bench: $(VENV)/installed-dev
	$(BIN)/python benchmarks/detection.py
	$(BIN)/python benchmarks/segmentation.py
	$(BIN)/python benchmarks/quality.py
	$(BIN)/python benchmarks/calibration.py
	$(BIN)/python benchmarks/scaling.py --sizes 1000,3000,10000
	$(BIN)/python benchmarks/speed.py

fit: $(VENV)/installed-dev
	@[ -d ../shared/bench ] || { echo "no ../shared/bench: models/alignment/README.md says what it holds"; exit 1; }
	$(BIN)/python models/alignment/fit.py ../shared/bench

%/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "polyalign needs Python 3.11 or later: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $*

$(VENV)/installed: $(LOCKED)/run.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) --require-hashes --no-deps -r $(LOCKED)/run.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

# PyTorch first: without CUDA where it is to be had, else with it
$(VENV)/installed-dev: $(wildcard $(LOCKED)/*.txt) pyproject.toml | $(VENV)/bin/python
	$(PIP) --require-hashes --no-deps -r $(LOCKED)/torch-cpu.txt \
	  || { echo "no PyTorch without CUDA for this Python (see above): 3 GB with CUDA follow"; \
	       $(PIP) --require-hashes --no-deps -r $(LOCKED)/torch-cuda.txt; }
	$(PIP) --require-hashes --no-deps -r $(LOCKED)/dev.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	$(BIN)/python -m pip check
	touch $@

.venv-oldest/installed: pyproject.toml $(VENV)/uv | .venv-oldest/bin/python
	$(UV) pip install --quiet --python .venv-oldest --resolution lowest-direct --editable '.[dev]'
	touch $@

# universal: one file for every Python and platform above the oldest one
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --custom-compile-command 'make lock'

lock: $(VENV)/uv
	$(COMPILE) --upgrade --group build pyproject.toml -o $(LOCKED)/run.txt
	echo $(TORCH) | $(COMPILE) --upgrade --group build --extra dev pyproject.toml \
	  --no-emit-package torch -c - -c $(LOCKED)/run.txt -o $(LOCKED)/dev.txt
	echo $(TORCH) | $(COMPILE) --upgrade --no-config - -c $(LOCKED)/dev.txt -o $(LOCKED)/torch-cuda.txt

$(VENV)/uv: | $(VENV)/bin/python
	$(PIP) uv
	touch $@

clean:
	rm -rf build .venv .venv-* .mypy_cache .pytest_cache .ruff_cache .hypothesis dist
