# make run          set everything up and open the app (with no terminal: the demo, headless)
# make test         set everything up and run the tests
# make test-latest  the same in an environment of its own, with the newest of every range
# make check        style, types, import contracts       make format  rewrite to the style
# make docs         run the commands of the README again and compare what they print (minutes)
# make bench        side-by-side measurements (minutes)
# make torture      kills, faults, hostile files and Hubs for MINUTES=30; each night goes on from the last

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LATEST := .venv-latest

.PHONY: run test test-latest check format docs bench torture
.DEFAULT_GOAL := run

run: $(READY)
	@$(BIN)/basefit

# In CI a test that fails is run up to twice more, each named (RERUN): what a stalled machine broke
# passes then, a fault fails each time. By hand nothing is run again.
PYTEST := -m pytest -n 2 --dist worksteal -r fER $(if $(CI),--reruns 2)

test: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python $(PYTEST)

test-latest:
	@sh install.sh $(LATEST) latest
	OMP_NUM_THREADS=1 $(LATEST)/bin/python $(PYTEST)

check: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 -r fE -m "slow or not slow" tests/test_documents.py

bench: $(READY)
	$(BIN)/python -m tests.bench

MINUTES := 30
torture: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.reliability --minutes $(MINUTES)

$(READY): pyproject.toml requirements.lock install.sh
	@sh install.sh $(VENV)
	@touch $@
