# Rekindle's commands. All of them need Python >= 3.11 and make, nothing else: no Docker, no AWS account.

VENV  := .venv
BIN   := $(VENV)/bin
STAMP := $(VENV)/.up-to-date

# mutmut and what it needs are in an environment of their own.
MUTANTS := .venv-mutants

# Tried in this order; the first that is 3.11 or newer and can make a virtual environment is used.
PYTHONS := python3 python3.14 python3.13 python3.12 python3.11

# The Python of `make test-on`: Lambda's by default.
VERSION = $(shell sed -n 's/^ *Runtime: python//p' infra/template.yaml | sort -u)

# The lock is for every version of Python and every platform, with the hashes of all files.
LOCK := --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command 'make lock'

HEADLESS   ?=
ARGS       ?=
STACK      ?=
BUCKET     ?=
PARAMETERS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-on test-dynamodb check format lock package deploy bench explore mutants screens

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; do \
	    printf '%-20s %s\n' "$$name" "$$what"; done

setup: $(STAMP) ## create .venv with all libraries and the rekindle command (only if something changed)

$(STAMP): requirements-dev.txt pyproject.toml
	@if ! $(BIN)/python -c 'import pip' 2>/dev/null; then \
	    for python in $(PYTHONS); do \
	        if $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	            found=$$python; break; \
	        fi; \
	    done; \
	    if [ -z "$$found" ]; then \
	        echo "Rekindle needs Python 3.11 or newer with its venv module (Debian, Ubuntu: apt install python3-venv)" >&2; \
	        exit 1; \
	    fi; \
	    echo "Making $(VENV) with $$($$found --version)"; \
	    $$found -m venv --clear $(VENV) || exit 1; \
	fi
	@echo "Installing the libraries locked in requirements-dev.txt (about a minute, only if it changed)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## simulate 30 days of a sample shop, then serve it on http://localhost:8000 (HEADLESS=1: only print; ARGS=...: more options)
	@$(BIN)/rekindle demo --days 30 --customers 500 --seed 7 $(if $(filter-out 0,$(HEADLESS)),--headless) $(ARGS)

test: setup ## run every test (ARGS=...: options of pytest)
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

test-on: ## run every test on Lambda's version of Python (VERSION=3.11: on another one)
	@if python=$$(.ci/python $(VERSION)); then \
	    $(MAKE) --no-print-directory test VENV=.venv-$(VERSION) PYTHONS="$$python"; \
	else \
	    case "$${CI:-false}" in [Ff]alse|FALSE|0) result=SKIPPED ;; *) result=FAILED ;; esac; \
	    echo "$$result: there is no Python $(VERSION) on this machine" >&2; \
	    [ "$$result" = SKIPPED ]; \
	fi

test-dynamodb: setup ## run the tests of the stores and the whole demo on DynamoDB Local, AWS's own engine (needs Java)
	@$(BIN)/python -m infra.machine.engines.dynamodb_local.process $(BIN)/python -m pytest -n 2 tests/contract tests/dynamodb $(ARGS)

check: setup ## check style, formatting, imports between packages, and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/mypy

format: setup ## format the sources
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

lock: setup ## write the requirements.txt files from their .in files (ARGS=--upgrade: the newest versions)
	@$(BIN)/uv pip compile $(LOCK) --output-file requirements.txt requirements.in $(ARGS)
	@$(BIN)/uv pip compile $(LOCK) --output-file requirements-dev.txt requirements-dev.in $(ARGS)
	@$(BIN)/uv pip compile $(LOCK) --output-file infra/mutants/requirements.txt infra/mutants/requirements.in $(ARGS)

bench: setup ## measure CPU, calls and costs, and write docs/benchmarks.md (ARGS=...: see python -m infra.bench --help)
	@$(BIN)/python -m infra.bench $(if $(ARGS),$(ARGS),--write)

explore: setup ## run functions side by side in many orders, and look for a broken invariant (ARGS="--seed 7 --minutes 30"; --help)
	@$(BIN)/python -m infra.explore $(ARGS)

mutants: setup $(MUTANTS)/.up-to-date ## change what decides in small ways, and see which changes no test notices (ARGS=engine: one module)
	@$(MUTANTS)/bin/python -m infra.mutants $(ARGS)

$(MUTANTS)/.up-to-date: requirements-dev.txt infra/mutants/requirements.txt | $(STAMP)
	@$(BIN)/python -m venv --clear $(MUTANTS)
	@echo "Installing mutmut and the libraries of the tests in $(MUTANTS) (about a minute, only if they changed)"
	@$(MUTANTS)/bin/python -m pip install -qq --disable-pip-version-check --require-hashes \
	    -r requirements-dev.txt -r infra/mutants/requirements.txt
	@touch $@

screens: setup ## pictures of all messages in build/screens/, and those in docs/images/ again (chromium, fonts; by hand)
	@$(BIN)/python -m infra.messages.gallery build/screens
	@$(BIN)/python -m infra.demo.screens

package: setup ## build the files for AWS: build/sam.json and build/deployment.zip
	@$(BIN)/python -m infra.package $(ARGS)

deploy: setup ## create or update a stack (STACK=... BUCKET=... PARAMETERS=a JSON file; see docs/deploy.md)
	@$(BIN)/python -m infra.package.deploy --stack '$(STACK)' --bucket '$(BUCKET)' --parameters '$(PARAMETERS)'
