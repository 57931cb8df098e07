"""Making the book one's own, as README.md and CONTRIBUTING.md say, in a copy of the repository."""

from __future__ import annotations

import os
import re
import shutil
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from tests.book import ROOT, config, repository_url, site_address, soup, tracked
from tests.run import finish, run
from tests.test_build import JUPYTER_BOOK

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

#: YAML must quote it.
TITLE = "Seeing: in Layers"
REPOSITORY = "https://github.com/A-Teacher/Seeing"
SITE = "https://a-teacher.github.io/Seeing/"
#: A page with links to the source of a module.
CODE = """# The code

Where the photo of the chapters comes from, generated from the source.

```{eval-rst}
.. automodule:: cnnbook.images
   :members: cat
```
"""
#: Tests of the built site that ask for nothing that only this book has.
ITS_TESTS = ("sharing", "notebooks", "links", "figures", "pages", "pictures", "typesetting")


@pytest.fixture(scope="module")
def example() -> str:
    """The chapter that CONTRIBUTING.md shows."""
    found = re.search(r"^````markdown\n(.*?)^````$", read("CONTRIBUTING.md"), re.M | re.S)
    assert found
    return found[1]


@pytest.fixture(scope="module")
def fork(tmp_path_factory: pytest.TempPathFactory, example: str) -> Path:
    """A copy with another title, another address and another chapter, built."""
    folder = tmp_path_factory.mktemp("fork")
    for name in tracked():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    (folder / "book" / "dilation.md").write_text(example, "utf-8")
    (folder / "book" / "code.md").write_text(CODE, "utf-8")
    # Of the old chapters none, for their cells take minutes.
    others = [{"file": "book/bibliography"}, {"file": "book/code"}]
    toc = {"format": "jb-book", "root": "book/dilation", "chapters": others}
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc, sort_keys=False), "utf-8")
    build = (*JUPYTER_BOOK, "build", ".", "-W", "-n", "--keep-going")
    _run(folder, *build)  # as README.md has it: first the book as it is, then one's own
    settings = config()
    settings["title"] = TITLE
    settings["repository"]["url"] = REPOSITORY
    settings["html"].pop("baseurl", None)
    (folder / "_config.yml").write_text(yaml.safe_dump(settings), "utf-8")
    _run(folder, *build)
    # For make, which would install everything first.
    program = folder / ".venv" / "bin" / "jupyter-book"
    program.parent.mkdir(parents=True)
    python, option, code = JUPYTER_BOOK
    program.write_text(f'#!/bin/sh\nexec {python} {option} "{code}" "$@"\n', "utf-8")
    program.chmod(0o755)
    (folder / ".venv" / "book.stamp").touch()
    return folder / "_build" / "html"


def test_the_new_chapter_is_there(fork: Path) -> None:
    page = soup(fork / "book" / "dilation.html")
    assert page.select_one("svg.cnnbook-picture")
    assert page.select_one('.cnnbook-figure[data-widget="convolution-explorer"]')
    assert "3" in [cell.get_text().strip() for cell in page.select(".cell_output")]
    assert (fork / "book" / "dilation.ipynb").is_file()


def test_the_title_changed_everywhere(fork: Path) -> None:
    pages = sorted(set(fork.rglob("*.html")) - set(fork.glob("_static/**/*.html")))
    assert fork / "_modules" / "cnnbook" / "images.html" in pages
    for path in pages:
        page = soup(path)
        assert page.title
        assert page.title.get_text().endswith(TITLE), path
        names = [brand.get_text(strip=True) for brand in page.select(".navbar-brand")]
        names += [str(tag["content"]) for tag in page.select('meta[property="og:site_name"]')]
        assert set(names) <= {TITLE}, path
    assert f"[{TITLE}]({SITE})" in (fork / "book" / "dilation.ipynb").read_text("utf-8")


def test_the_addresses_changed_everywhere(fork: Path) -> None:
    page = soup(fork / "book" / "dilation.html")
    canonical = page.select_one("link[rel=canonical]")
    assert canonical
    assert canonical["href"] == f"{SITE}book/dilation.html"
    binder, colab = (str(link["href"]) for link in page.select("#launch a")[:2])
    assert "/A-Teacher/Seeing/" in binder
    assert "/A-Teacher/Seeing/" in colab
    assert f"{SITE}cnnbook-" in (fork / "book" / "dilation.ipynb").read_text("utf-8")
    assert f"{SITE}book/dilation.html" in (fork / "sitemap.xml").read_text("utf-8")
    assert 'href="/Seeing/' in (fork / "404.html").read_text("utf-8")
    with zipfile.ZipFile(next(fork.glob("*.whl"))) as wheel:
        name = next(name for name in wheel.namelist() if name.endswith("/METADATA"))
        assert REPOSITORY in wheel.read(name).decode()
    assert files_with(fork, repository_url()) == []
    assert files_with(fork, site_address()) == []


@pytest.mark.browser
def test_the_book_s_tests_hold_for_the_fork(fork: Path) -> None:
    files = [f"tests/site/test_{name}.py" for name in ITS_TESTS]
    chosen = ["-m", "not slow", "-k", "dilation or sharing or links", "-p", "no:cacheprovider"]
    _run(fork.parents[1], sys.executable, "-m", "pytest", "-q", *chosen, *files)


def test_the_address_stands_in_one_place() -> None:
    found = run(
        "git", "grep", "--files-with-matches", "--fixed-strings", repository_url(), folder=ROOT
    )
    assert found.split() == ["_config.yml"]


def test_one_chapter_is_built_alone(fork: Path) -> None:
    folder = fork.parents[1]
    _run(folder, "make", "chapter", "NAME=dilation")
    place = folder / "_build" / "chapter" / "_build" / "html" / "book"
    assert [path.name for path in place.glob("*.html")] == ["dilation.html"]
    assert soup(place / "dilation.html").select_one(".cell_output svg")


def test_a_chapter_that_is_not_there_is_named(fork: Path) -> None:
    folder = fork.parents[1]
    status, _, errors = finish("make", "chapter", "NAME=gone", folder=folder)
    assert status != 0
    assert "There is no book/gone.md" in errors


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def files_with(folder: Path, text: str) -> list[str]:
    """Names of the built files that hold some text."""
    kinds = {".html", ".ipynb", ".js", ".css", ".xml", ".json"}
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.suffix in kinds and text in path.read_text("utf-8")
    ]


def _run(folder: Path, *command: str) -> None:
    """Run a command on the copy, which must succeed."""
    environment = {**os.environ, "PYTHONPATH": str(folder / "src")}
    run(*command, folder=folder, environment=environment, seconds=600)
