# Everything runs in .venv, which is made when it is missing and renewed when pyproject.toml changes.
#   make PYTHON=/path/to/python3.12 test    another Python, 3.11 or newer
#   make bench CARDS=datasets/ml-100k/dataset.yaml    some cards only
#   make test WORKERS=4                               tests in so many processes; each takes one thread

PYTHON ?=
CARDS ?=
WORKERS ?= 2
BIN := .venv/bin
NOTEBOOKS := $(sort $(wildcard notebooks/*.py))
# torch first and exactly this one: a bare requirement would take the newest, with gigabytes of CUDA packages
TORCH := torch==2.13.0

export PYTHON
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-slow lint type bench notebooks clean

help: ## say what the targets do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

demo: .venv/ready ## build, train, evaluate and recommend on MovieLens-100K; writes runs/demo/report.html
	$(BIN)/whyrec demo

test: lint type ## lint, check types, run the fast tests
	OMP_NUM_THREADS=1 $(BIN)/pytest -n $(WORKERS) --dist loadfile

test-slow: .venv/ready ## run the tests that take minutes (some need the data folder, see WHYREC_DATA)
	$(BIN)/pytest -m slow

lint: .venv/ready ## check style, formatting and the layers' imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports

type: .venv/ready ## check types (mypy --strict)
	$(BIN)/mypy

bench: .venv/ready ## measure all models on every card in datasets/ whose data is here (or on CARDS="...")
	$(BIN)/python benchmarks/run.py $(CARDS)

notebooks: $(if $(NOTEBOOKS),.venv/ready) ## run the notebooks; they are written with outputs to runs/notebooks/
ifeq ($(NOTEBOOKS),)
	@echo "There are no notebooks yet, so none was run."
else
	mkdir -p runs/notebooks
	export OMP_NUM_THREADS=1 PYTHONWARNINGS="ignore:IProgress not found"; \
	for notebook in $(NOTEBOOKS); do \
	  $(BIN)/python -m jupytext --to ipynb --execute --run-path notebooks \
	    --output "runs/$${notebook%.py}.ipynb" "$$notebook" || exit 1; \
	done
endif

clean: ## remove the environment, caches and builds; runs/ and benchmarks/results/ stay
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/ready: pyproject.toml
	@found=; for python in "$$PYTHON" python3.11 python3 python3.12 python3.13; do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found="$$python"; break; fi; \
	  if [ -n "$$python" ] && [ "$$python" = "$$PYTHON" ]; then break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "make: $${PYTHON:-neither python3.11 nor python3} is no Python 3.11 or newer;" \
	    "install one, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; \
	fi; \
	echo "making .venv with $$found; the first time takes some minutes"; \
	"$$found" -m venv .venv
	$(BIN)/python -m pip install --quiet --no-compile $(TORCH)
	$(BIN)/python -m pip install --quiet --no-compile --editable '.[dev]'
	@# pip compiles everything, on one core; of some, which are templates, nothing can be made
	@$(BIN)/python -m compileall -qq -j 0 -x '/tests/|/transformers/models/' .venv/lib || true
	@touch $@
