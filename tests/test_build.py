"""What the site's extension promises, on throw-away books of a few lines."""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from tests.book import ROOT
from tests.run import finish

JUPYTER_BOOK = (sys.executable, "-c", "from jupyter_book.cli.main import main; main()")
HEADER = """---
description: What the author says of it.
kernelspec: {display_name: Python 3, language: python, name: python3}
jupytext: {text_representation: {extension: .md, format_name: myst}}
---

"""
# Each of two chapters waits for a file that the other writes: one after the other never ends.
MEETING = """# Chapter {name}

```{{code-cell}} python
import pathlib, time

pathlib.Path("executions.txt").open("a").write("{name}")
pathlib.Path("{name}.here").touch()
deadline = time.monotonic() + 60
while not pathlib.Path("{other}.here").exists():
    assert time.monotonic() < deadline, "the other chapter never ran beside this one"
    time.sleep(0.05)
print("met", 6 * 7)
```
"""
HTML_CELL = """```{{code-cell}} python
from IPython.display import HTML

HTML('{}')
```
"""
# Name → (a chapter's text, what the build must say about it).
DEFECTS = {
    "reference": ("See {ref}`nowhere`.", "undefined label: 'nowhere'"),
    "link": ("See [here](missing.md).", "missing.md"),
    "image": ("![](dot.png)", "picture .*dot.png has no alternative text"),
    "html-image": (
        HTML_CELL.format('<img src="dot.png">'),
        "<img> in an output has no alternative",
    ),
    "svg": (HTML_CELL.format('<svg role="img"></svg>'), "<svg> in an output has no alternative"),
    "traceback": (
        "```{code-cell} python\nclass Broken:\n    def _repr_html_(self):\n        return 1 / 0\n\n"
        "Broken()\n```\n",
        "an output shows an error: ZeroDivisionError",
    ),
    "setting": ("(here)=\n## Here\n\n[Two](#here 'stride=2')", "there is no figure in #here"),
    "formula": ("A typo: $\\undefinedmacro{3}$.", "cannot typeset the formula"),
    "display-formula": ("$$\n\\frac{1}{2\n$$", "cannot typeset the formula"),
}
DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c636060600000000400012762360a0000000049454e44ae426082"
)


@dataclass(frozen=True)
class Build:
    succeeded: bool
    log: str


class Book:
    """A book of its own, with the real book's settings and extension."""

    def __init__(self, folder: Path, chapters: dict[str, str]) -> None:
        self.folder = folder
        config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
        sphinx = config["sphinx"]
        sphinx["local_extensions"] = {"cnnbook_site": str(ROOT / "book" / "_ext")}
        sphinx["extra_extensions"] = []
        sphinx["config"]["templates_path"] = [str(ROOT / "book" / "_templates")]
        for key in [
            key for key in sphinx["config"] if key.startswith(("bibtex", "autodoc", "napoleon"))
        ]:
            del sphinx["config"][key]
        toc = {
            "format": "jb-book",
            "root": "book/index",
            "chapters": [{"file": f"book/{name}"} for name in chapters],
        }
        (folder / "book").mkdir(parents=True)
        (folder / "_config.yml").write_text(yaml.safe_dump(config), "utf-8")
        (folder / "_toc.yml").write_text(yaml.safe_dump(toc), "utf-8")
        (folder / "book" / "index.md").write_text("# A book\n", "utf-8")
        (folder / "book" / "dot.png").write_bytes(DOT)
        for name, text in chapters.items():
            (folder / "book" / f"{name}.md").write_text(HEADER + text, "utf-8")

    @property
    def executions(self) -> int:
        """How many cells have run so far."""
        return len((self.folder / "book" / "executions.txt").read_text("utf-8"))

    def page(self, name: str) -> str:
        return (self.folder / "_build" / "html" / "book" / f"{name}.html").read_text("utf-8")

    def build(self, *options: str, python_path: Path | None = None) -> Build:
        environment = dict(os.environ, PYTHONPATH=str(python_path or ""))
        command = (*JUPYTER_BOOK, "build", ".", "-W", "-n", "--keep-going", *options)
        status, out, errors = finish(
            *command, folder=self.folder, environment=environment, seconds=500
        )
        return Build(status == 0, re.sub(r"\x1b\[[\d;]*m", "", out + errors))


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> tuple[Book, Build]:
    book = Book(
        tmp_path_factory.mktemp("good"),
        {"a": MEETING.format(name="a", other="b"), "b": MEETING.format(name="b", other="a")},
    )
    return book, book.build()


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The second build of a book with defects: trying again mends nothing."""
    chapters = {name: f"# {name}\n\n{text}\n" for name, (text, _) in DEFECTS.items()}
    book = Book(tmp_path_factory.mktemp("bad"), chapters)
    assert not book.build().succeeded
    return book.build()


def test_stale_chapters_run_side_by_side(good: tuple[Book, Build]) -> None:
    book, build = good
    assert build.succeeded, build.log
    assert book.executions == 2
    assert "met 42" in book.page("a")


def test_a_description_in_the_front_matter_comes_first(good: tuple[Book, Build]) -> None:
    book, _ = good
    assert '<meta name="description" content="What the author says of it.">' in book.page("a")


def test_a_second_build_runs_no_cell_and_a_changed_package_runs_all(
    good: tuple[Book, Build], tmp_path: Path
) -> None:
    book, _ = good
    again = book.build("--all")  # reads every page again, so that only the cache can save the cells
    assert again.succeeded, again.log
    assert book.executions == 2
    assert "met 42" in book.page("a")

    no_caches = shutil.ignore_patterns("__pycache__")  # others write there meanwhile
    shutil.copytree(ROOT / "src" / "cnnbook", tmp_path / "cnnbook", ignore=no_caches)
    with (tmp_path / "cnnbook" / "images.py").open("a", encoding="utf-8") as module:
        module.write("\n# changed\n")
    changed = book.build(python_path=tmp_path)
    assert changed.succeeded, changed.log
    assert book.executions == 4


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_reported_at_its_page(bad: Build, name: str) -> None:
    assert not bad.succeeded
    message = DEFECTS[name][1]
    assert re.search(rf"/{name}\.md:?\d*.*WARNING: .*{message}", bad.log), bad.log


def test_a_failing_cell_fails_the_build(tmp_path: Path) -> None:
    cell = '# Chapter\n\n```{code-cell} python\nraise RuntimeError("a broken cell")\n```\n'
    build = Book(tmp_path, {"broken": cell}).build()
    assert not build.succeeded
    assert "broken.md" in build.log
    assert "a broken cell" in build.log
