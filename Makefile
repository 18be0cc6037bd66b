# The verbs of this project; .ci/run uses the same ones. `make` alone lists them.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
PY := .venv/bin/python

.PHONY: help run test lint format bench clues chaos pictures migrate lock setup dev

help: ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/\1 \2/p' Makefile | while read -r verb what; do \
		printf '  make %-9s %s\n' "$$verb" "$$what"; done

run: setup ## start the bot: on Telegram with BONEWATCH_BOT_TOKEN set, else the sandbox
	@$(PY) -m bot run

test: dev ## the whole suite (other ways: make test PYTEST_ARGS="-x tests/test_project.py")
	@scripts/test

lint: dev ## style, format and types, changing nothing
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

format: dev ## mend style and format where that is safe
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .

bench: dev ## every benchmark in short form, beside its baseline
	@$(PY) -m benchmarks

clues: dev ## what each clue of the free text is worth, learned anew (installs scikit-learn)
	@$(PY) -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements-clues.txt
	@for language in en es; do \
		$(PY) -m benchmarks.clue_points --language $$language > .venv/clues.tsv && \
		mv .venv/clues.tsv messages/phrases/$$language.clues.tsv || exit 1; done

chaos: dev ## real processes and real kills, the long way
	@BONEWATCH_TEST_CHAOS=long PYTEST_ARGS="-m chaos" scripts/test

pictures: dev ## the README's pictures anew, from a sandbox in the system's Chromium
	@$(PY) docs/images/make.py

migrate: setup ## bring the database to the newest schema
	@$(PY) -m bot migrate

LOCK := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade)

lock: dev ## pin the dependencies anew after a change of requirements*.in (UPGRADE=1: to the newest)
	@$(PY) -m pip install --quiet --disable-pip-version-check uv
	@$(LOCK) requirements.in --output-file requirements.lock
	@$(LOCK) requirements-dev.in --output-file requirements-dev.lock

setup: ## .venv with what the bot needs
	@scripts/setup

dev: ## .venv with what working on it needs, too
	@scripts/setup dev
