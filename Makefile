# make study   train on MNIST compressed four ways and show what each costs and keeps
# make test    every check: ruff, mypy, import-linter, pytest
# make faults  the store's fault tests in full: 50 kills, 5,000 mutants (about ten minutes)
# make docs    the documentation site, into build/docs
# make clean   remove the virtual environment (results in runs/ stay)

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

# Without an NVIDIA driver the CPU build of torch is enough, and a tenth of the size.
TORCH_CPU := https://download.pytorch.org/whl/cpu

.PHONY: study test lint faults docs clean

study: $(VENV)/.study
	$(BIN)/fewbytes study mnist --out runs/mnist

test: lint
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses 2 --dist loadgroup

faults: $(VENV)/.dev
	OMP_NUM_THREADS=1 FEWBYTES_KILLS=50 FEWBYTES_FUZZ=5000 $(BIN)/pytest --numprocesses 2 tests/store

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/.docs
	$(BIN)/sphinx-build --fail-on-warning --keep-going --quiet --fresh-env -d build/doctrees docs build/docs
	@echo "open build/docs/index.html"

clean:
	rm -rf $(VENV)

$(VENV)/.torch: constraints.txt
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "fewbytes needs Python 3.11 or newer with its venv module (Debian: apt install python3-venv)"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV)"
	@if command -v nvidia-smi >/dev/null 2>&1; then $(PIP) torch; else \
		$(PIP) --no-deps --retries 1 --index-url $(TORCH_CPU) torch || $(PIP) torch; fi
	@touch $@

$(VENV)/.study: $(VENV)/.torch pyproject.toml
	@$(PIP) --editable '.[plot]'
	@touch $@

$(VENV)/.dev: $(VENV)/.torch pyproject.toml
	@$(PIP) --editable '.[dev]'
	@touch $@

$(VENV)/.docs: $(VENV)/.torch pyproject.toml
	@$(PIP) --editable '.[docs]'
	@touch $@
