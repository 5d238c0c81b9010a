# Every target sets up what it needs. `make help` lists them.
PYTHON ?= python3
PORT ?= 8501
HOST ?= 127.0.0.1
BIN := .venv/bin
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm
COMPILE := $(BIN)/uv pip compile --quiet --system-certs --universal --python-version 3.11 --only-binary :all: \
	--generate-hashes --custom-compile-command "make lock"
TORCH_VERSION = $(shell sed -n 's/^torch==//p' requirements.txt)

# Tests start hundreds of processes: each would compile Pod.Cast anew, which takes as long as its imports.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
# mypy first: on a new machine it takes as long as all others, which have the second core meanwhile.
CHECKS := check-types check-lint check-pages check-weaknesses check-docs check-layers
AT_ONCE := $(MAKE) --no-print-directory --jobs=2
.PHONY: help run demo test test-times test-slow test-firefox check $(CHECKS) engines docs fix fuzz bench lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/run ## set up, add the demo round to an empty workspace, serve (PORT=8501 HOST=127.0.0.1 ARGS=...)
	@$(BIN)/python -m podcast_core demo --if-empty
	$(BIN)/python -m streamlit run app.py --server.port $(PORT) --server.address $(HOST) $(ARGS)

demo: .venv/run ## add the demo round; REAL=1 adds public recordings from the internet too
	$(BIN)/python -m podcast_core demo $(if $(REAL),--real)

test: .venv/dev node_modules/.installed ## everything that CI runs: set-up, lint, types, layers, unit, property, wire and browser tests, on all cores
	@$(AT_ONCE) engines $(CHECKS)
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

test-times: ## the same, and a list of the ten tests that take longest
	@$(MAKE) test ARGS="--durations=10 --durations-min=0 $(ARGS)"

check: .venv/dev node_modules/.installed ## lint, format, types, layers, known weaknesses and the documentation's links, without running anything
	@$(AT_ONCE) $(CHECKS)

check-types:
	$(BIN)/mypy

check-lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

check-pages:
	$(BIN)/python -m tests.wire_types
	$(NPM) run --silent check

check-weaknesses:
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive podcast_core pages app.py locks
	$(BIN)/python tests/audit.py

check-docs:
	$(BIN)/zensical build --strict --clean

check-layers:
	$(BIN)/lint-imports

# Chromium and PostgreSQL, which the tests start.
engines:
	$(BIN)/python tests/browser/chromium.py
	$(BIN)/python tests/postgres.py

docs: .venv/dev ## build the documentation as a website in site/; a broken link or anchor fails
	$(BIN)/zensical build --strict --clean

fix: .venv/dev node_modules/.installed ## mend what ruff, ESLint and Prettier can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(NPM) run --silent fix

test-slow: .venv/dev ## the tests that take long: kill tests, many processes at once, models that learn from real recordings
	$(BIN)/python -m pytest -m slow $(ARGS)

test-firefox: .venv/dev ## draw, play, submit and verify in Firefox, where it is installed
	$(BIN)/python -m pytest -n 0 -m firefox $(ARGS) tests/browser/test_firefox.py

fuzz: .venv/dev ## feed every reader of foreign bytes with damaged files (MINUTES=5 SEED=0 ARGS="--only tables audio")
	$(BIN)/python -m tests.fuzz --minutes $(or $(MINUTES),5) --seed $(or $(SEED),0) $(ARGS)

bench: .venv/dev ## measure speeds as ratios against named references
	for file in benchmarks/*.py; do PYTHONPATH=. $(BIN)/python $$file || exit 1; done

lock: .venv/dev ## lock the packages that requirements.txt and requirements-dev.txt need (ARGS=--upgrade: the newest ones)
	$(COMPILE) requirements.txt --output-file locks/run.txt $(ARGS)
	$(COMPILE) requirements-dev.txt --constraint locks/run.txt --output-file locks/dev.txt $(ARGS)
	grep -q "^torch==$(TORCH_VERSION)+cpu " locks/torch-cpu.txt || echo "torch==$(TORCH_VERSION)+cpu" \
	| $(COMPILE) - --no-deps --index https://download.pytorch.org/whl/cpu --output-file locks/torch-cpu.txt

clean: ## remove the virtual environment and caches; data/ stays
	rm -rf .venv node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Pod.Cast needs Python 3.11 or newer; found " + sys.version.split()[0] + ". Name another: make run PYTHON=python3.12")'
	$(PYTHON) -m venv .venv

.venv/run: locks/run.txt locks/torch-cpu.txt | .venv/bin/python
	$(BIN)/python locks/install.py run
	@touch $@

.venv/dev: locks/dev.txt locks/torch-cpu.txt | .venv/bin/python
	$(BIN)/python locks/install.py dev
	@touch .venv/run $@

# Only to check the pages' JavaScript and CSS: Node and npm come by pip, and nothing of it is served.
node_modules/.installed: package.json package-lock.json | .venv/dev
	$(NPM) ci --silent --ignore-scripts
	@touch $@
