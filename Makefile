# Thin targets over plain tools; README.md names the commands for those without make.

PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8000
# `make test CONSTRAINTS=` takes the newest versions instead.
CONSTRAINTS ?= constraints.txt

.PHONY: book chapter test coverage serve bench links weights clean

book: .venv/book.stamp ## build the site into _build/html; every warning is an error
	$(BIN)/jupyter-book build . -W -n --keep-going
	@echo "The book is built: open _build/html/index.html, or run 'make serve'."

chapter: .venv/book.stamp ## build one chapter alone: make chapter NAME=stride
	@test -f book/$(NAME).md || { echo "There is no book/$(NAME).md: say, for example, make chapter NAME=stride" >&2; exit 1; }
	@mkdir -p _build/chapter && printf 'format: jb-book\nroot: book/$(NAME)\n' > _build/chapter/toc.yml
	$(BIN)/jupyter-book build . --toc _build/chapter/toc.yml --path-output _build/chapter
	@echo "The chapter is built: open _build/chapter/_build/html/book/$(NAME).html"

test: book .venv/test.stamp ## build the site, then run every check and every test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest --numprocesses=auto --dist=loadfile $(PYTEST)

coverage: ## make test, and list the package's lines that no test runs: 98% is the least
	$(MAKE) test PYTEST=--cov

serve: book ## read the built site at http://localhost:8000
	$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

bench: book .venv/test.stamp ## measure page weights and speeds
	@for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

links: .venv/book.stamp ## ask every page outside that the book links to
	$(BIN)/jupyter-book build . --builder linkcheck

weights: .venv/book.stamp ## download ResNet-50's weights, 98 MiB (103 MB), for the chapter on trained filters
	$(BIN)/python -c "import cnnbook; cnnbook.download_weights('resnet50')"

clean: ## remove what was built; .venv stays
	rm -rf _build .pytest_cache .hypothesis .mypy_cache .ruff_cache .coverage*

.venv/%.stamp: pyproject.toml constraints.txt
	test -x $(BIN)/pip || $(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }
	$(BIN)/pip install $(CONSTRAINTS:%=-c %) -e '.[$*]'
	@touch $@
