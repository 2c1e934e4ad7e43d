# `make run` and `make test` need nothing but make and Python 3.12 or later: each sets up `.venv` first, if need be.

PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.14 python; do \
	"$$each" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 12))' 2>/dev/null \
	&& { command -v "$$each"; break; }; done)
WORKERS ?= logical
BIN := .venv/bin
PYTEST := $(BIN)/pytest -n $(WORKERS) --maxprocesses 4

.PHONY: run test test-clients test-slow test-nightly lint bench install lock clean

run: install
	@exec $(BIN)/commerce serve

test: install
	$(PYTEST) -m "not slow and not clients"

# Needs Node and npm beside Python: real clients are put to the server.
test-clients: install
	$(BIN)/pytest -n 0 -m "clients and not slow" --timeout 900 tests/clients

test-slow: install
	$(PYTEST) -m slow --timeout 1800

test-nightly: install
	PROPERTIES=nightly $(PYTEST) --timeout 36000 \
		tests/domain/pricing/test_sum_identities.py tests/domain/pricing/promotions/test_properties.py \
		tests/execution/compiled/test_differential.py tests/schema/test_compiled_answers.py

lint: install
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/commerce schema --check
	$(BIN)/commerce reference --check
	$(BIN)/commerce operations check
	$(BIN)/commerce migrate --check

bench: install
	$(BIN)/commerce bench

install:
	@python="$(PYTHON)"; test -n "$$python" || \
	{ echo "Python 3.12 or later, with its venv module, is needed: install it, or name it by PYTHON=..." >&2; exit 1; }; \
	"$$python" .ci/environment.py

# Names, versions and hashes only: any package index will do.
lock: install
	$(BIN)/python -m venv .venv/lock
	.venv/lock/bin/pip install --quiet uv
	.venv/lock/bin/uv pip compile pyproject.toml --universal --python-version 3.12 --upgrade --all-extras \
		--group test --group lint --group build --generate-hashes --no-header --no-emit-index-url --no-annotate \
		--quiet --output-file requirements.lock

# The shop's own data, in `.data`, stays.
clean:
	rm -rf .venv dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
