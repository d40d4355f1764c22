# make dataset    set up, and build dist/ from raw/
# make test       set up, and run every test
# make generated  rewrite what is made from the code: schema/, docs/tables.md, dist/, the notebook's outputs

PYTHON ?= python3
BIN := .venv/bin

.PHONY: dataset test generated
dataset: .venv/installed
	$(BIN)/povdata build raw -o dist

test: .venv/installed-for-tests
	$(BIN)/python -m pytest -n auto --dist worksteal

generated: .venv/installed-for-tests
	$(BIN)/python -m povdata.publish
	$(BIN)/povdata build raw -o dist
	$(BIN)/python tests/test_notebook.py

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "povdata needs Python 3.11 or newer; name one: make PYTHON=python3.12 …"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/installed: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable '.[plots]'
	@touch $@

.venv/installed-for-tests: pyproject.toml | .venv/installed
	$(BIN)/python -m pip install --quiet --group test
	@touch $@
