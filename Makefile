# make run    set everything up and open the app (with no terminal: the demo, headless)
# make test   set everything up and run the tests
# make check  style, types, import contracts       make format  rewrite to the style
# make bench  side-by-side measurements (minutes)

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test check format bench
.DEFAULT_GOAL := run

run: $(READY)
	@$(BIN)/basefit

# --reruns: what a stalled machine broke passes when run again, and the summary names it (RERUN);
# a fault fails each time. `pytest` itself reruns nothing.
test: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --reruns 2 -r fER

check: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(READY)
	$(BIN)/python -m tests.bench

$(READY): pyproject.toml requirements.lock install.sh
	@sh install.sh $(VENV)
	@touch $@
