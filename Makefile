# Verbs of the house; `make` alone lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help prove test up down lint bench site faults done lock

# pytest compiles every module that it watches; let it keep what it compiled.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
BIN := .venv/bin

help: ## list the verbs
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /	/' | expand -t 10

.venv/.ready: constraints.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch .venv/.ready

prove: .venv/.ready ## prove what the local target permits, then build the site
	$(BIN)/proofbook verify --target local
	$(BIN)/proofbook site build

test: .venv/.ready ## the project's own tests
	$(BIN)/python -m pytest -n 4 --dist worksteal

up: .venv/.ready ## start the local stack for a person, and say where
	$(BIN)/proofbook up

down: .venv/.ready ## stop what `make up` started
	$(BIN)/proofbook down

lint: .venv/.ready ## style, types, promises without proof
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/proofbook lint

bench: .venv/.ready ## ratios against a baseline of the same run
	$(BIN)/python -m benchmarks

site: .venv/.ready ## build the site from the newest evidence
	$(BIN)/proofbook site build

faults: .venv/.ready ## plant every fault, and see its checks fail
	$(BIN)/proofbook faults

done: lint test prove faults ## the definition of done; of the faults CI plants a few for each check

lock: ## pin again what pyproject.toml asks for (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  --all-extras --group dev pyproject.toml -o constraints.txt
