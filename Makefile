# Commands for developers. The comment of a target is its help. Longer commands are programs in tools/.
VENV := .venv
PY := $(VENV)/bin/python
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# The interpreter of .venv; if it is empty, tools/setup-venv uses the first one that works.
export PYTHON ?=
PYTEST_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-quick test-slow lint reference lock-dev clean _buildifier

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Make .venv, install the locked packages, find or unpack a Bazel
	@tools/setup-venv $(VENV)
	@tools/setup-bazel $(VENV)

demo: setup ## Build a small real collection from the package index and show its wheels
	@tools/demo

test: lint ## Run all checks, and all tests except the slow ones (30 minutes on two cores)
	$(PY) -m pytest -n 2 -m 'not bazel and not index' --cov --cov-report= $(PYTEST_ARGS)
	$(PY) -m coverage report
	$(PY) -m pytest -n 2 --dist loadfile -m '(bazel or index) and not slow' $(PYTEST_ARGS)

test-quick: setup ## Run the tests that need neither Bazel nor an index (a minute)
	$(PY) -m pytest -n 2 -m 'not bazel and not index' $(PYTEST_ARGS)

test-slow: setup ## Run the slow tests: whole collections, other Pythons and CPUs, a cluster (more than an hour)
	$(PY) -m pytest -m slow $(PYTEST_ARGS)

lint: setup _buildifier ## Check formatting, lint, types and generated reference pages; changes nothing
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	$(PY) tools/reference --check
	tools/starlark-files | xargs -0 $(VENV)/bin/buildifier -mode=check -lint=warn

reference: ## Write the reference pages that are generated from the code
	$(PY) tools/reference

lock-dev: ## Write requirements-dev.lock again; LOCK_ARGS=--upgrade uses newer versions
	@tools/lock-dev $(LOCK_ARGS)

clean: ## Remove .venv (with its Bazel) and all caches in this folder
	@if [ -x $(VENV)/bin/bazel ]; then $(VENV)/bin/bazel shutdown 2>/dev/null || true; fi
	rm -rf $(VENV) .coverage .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

_buildifier:
	@tools/setup-buildifier $(VENV)
