# Everything that is done to this project, and how. `make` shows the list.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
ARGS ?=
# Each worker has a PostgreSQL of its own: more than a few only wait for each other. ARGS=-n0: none.
WORKERS := --numprocesses=auto --maxprocesses=8 --dist=loadgroup

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export PIP_ROOT_USER_ACTION := ignore

.PHONY: help run test check bench docs lock clean

help: ## show this list
	@echo "impasse: make TARGET"
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

run: $(STAMPS)/run ## start the whole product with demonstration data at 127.0.0.1:8000
	@$(BIN)/impasse serve --demo $(ARGS)

test: $(STAMPS)/test ## run the whole test suite, with coverage of every branch (ARGS="-k word" for a part)
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest $(WORKERS) $(ARGS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report $(if $(ARGS),--fail-under=0)

check: $(STAMPS)/check ## lint, format, types, import contracts, dead code and generated pages
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/vulture
	@$(BIN)/python -m impasse.cli.reference --check
	@$(BIN)/python tests/patterns/table.py --check

bench: $(STAMPS)/test ## measure what it costs, beside its peers
	@$(BIN)/python -m benchmarks $(ARGS)

docs: $(STAMPS)/run ## write the generated pages of docs/reference/ anew
	@$(BIN)/python -m impasse.cli.reference
	@$(BIN)/python tests/patterns/table.py

# The same versions everywhere: `run` is resolved first, the others keep to it.
PIP_TOOLS := pip-tools==7.6.2
COMPILE = CUSTOM_COMPILE_COMMAND="make lock" build/lock/bin/pip-compile --quiet --strip-extras \
	--generate-hashes --allow-unsafe --no-emit-index-url --no-emit-trusted-host \
	--no-emit-find-links --no-emit-options $(ARGS)
SOURCES := pyproject.toml requirements/build.in

lock: ## resolve the requirements anew, with hashes (ARGS=--upgrade for newer versions)
	@$(call make-venv,build/lock)
	@build/lock/bin/python -m pip install -qq $(PIP_TOOLS)
	@$(COMPILE) -o requirements/run.txt $(SOURCES)
	@$(COMPILE) --extra test -c requirements/run.txt -o requirements/test.txt $(SOURCES)
	@$(COMPILE) --extra test --extra check -c requirements/test.txt \
		-o requirements/check.txt $(SOURCES)
	@! grep -nE '[a-z]+://' requirements/*.txt || \
		{ echo "A lock file names a download address: see above."; exit 1; }

clean: ## remove everything that make has made
	rm -rf $(VENV) build dist htmlcov .coverage .coverage.* \
		.hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- the environment: installed once, and again only when a list or pyproject.toml changes

define make-venv
for python in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		exec "$$python" -m venv --clear $(1); \
	fi; \
done; \
echo "impasse needs Python 3.11 or newer; name one with make PYTHON=/path/to/python3" >&2; \
exit 1
endef

$(BIN)/python:
	@$(call make-venv,$(VENV))

$(STAMPS)/%: requirements/%.txt pyproject.toml | $(BIN)/python
	@echo "Installing the requirements of $* (once) ..." >&2
	@$(BIN)/python -m pip install -qq --require-hashes -r $<
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation --editable .
	@mkdir -p $(STAMPS) && touch $@
