"""The launch button's way: Binder's environment, made as ``binder/`` says, and a chapter in it.

For Binder's server stand a clean clone, a new environment and JupyterLab on this machine.
"""

from __future__ import annotations

import json
import re
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import nbformat
import pytest
from tests.book import ROOT, code_to_run, soup, toc_pages
from tests.lab import TOKEN, jupyterlab, kernel, own_environment, run_all
from tests.run import run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# The environment is installed before the first test.
pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(1500)]

PAGE = "book/stride.html"
CHAPTERS = [
    page for page in toc_pages() if "```{code-cell}" in (ROOT / f"{page}.md").read_text("utf-8")
]
#: Prints the cells of each file of a folder as Jupytext, and so JupyterLab, reads them.
READ = """
import json, pathlib, jupytext
files = pathlib.Path("book").glob("*.md")
texts = {file.stem: [cell.source for cell in jupytext.read(file).cells] for file in files}
print(json.dumps(texts))
"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of this repository, in which postBuild has run."""
    folder = tmp_path_factory.mktemp("binder")
    clone = folder / "clone"
    run("git", "clone", "--quiet", "--depth=1", ROOT.as_uri(), clone, seconds=60)
    run(sys.executable, "-m", "venv", folder / "env", seconds=120)
    # For pip, 0 turns compiling off: it takes a third of the time, and most modules stay unused.
    environment = {**_environment(clone), "PIP_NO_COMPILE": "0"}
    if not _is_reachable("https://download.pytorch.org/whl/cpu/"):
        environment.setdefault("PIP_EXTRA_INDEX_URL", "")  # this machine's own packages will do
    run("binder/postBuild", folder=clone, environment=environment, seconds=1200)
    return clone


@pytest.fixture(scope="module")
def lab(clone: Path) -> Iterator[str]:
    """The address of JupyterLab in the clone."""
    with jupyterlab(clone, _environment(clone), clone.parent / "lab.log") as address:
        yield address


@pytest.fixture(scope="module")
def chapter(lab: str, browser: Browser, site: Path) -> Iterator[Page]:
    """The chapter as the page's launch button opens it, after all its cells have run."""
    button = soup(site / PAGE).select_one('#launch a[href*="mybinder.org"]')
    assert button
    path = parse_qs(urlsplit(str(button["href"])).query)["urlpath"][0]
    context = browser.new_context(viewport={"width": 1360, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{lab}/{path}?token={TOKEN}")
    run_all(page)
    yield page
    context.close()


def test_the_button_opens_the_chapter_as_a_notebook(chapter: Page) -> None:
    cells = chapter.evaluate("lab.cells().map(cell => cell.cell_type)")
    assert cells.count("code") == len(code_to_run("book/stride"))
    assert chapter.evaluate("lab.panel().context.path") == "book/stride.md"


def test_every_text_that_opens_is_a_published_notebook(clone: Path, site: Path) -> None:
    """Plain Markdown, references resolved: the site's tests hold that to the pages' text."""
    opened = json.loads(run(clone.parent / "env" / "bin" / "python", "-c", READ, folder=clone))
    assert sorted(f"book/{name}" for name in opened) == sorted(CHAPTERS)
    for page in CHAPTERS:
        published = nbformat.read(site / f"{page}.ipynb", as_version=4)
        first, *rest = [cell.source for cell in published.cells]
        assert first.startswith("%pip install")
        assert opened[page.removeprefix("book/")] == rest, page


def test_its_text_is_the_published_notebooks(chapter: Page, site: Path) -> None:
    published = nbformat.read(site / "book" / "stride.ipynb", as_version=4)
    opened = chapter.evaluate("lab.cells()")
    assert [cell["source"] for cell in opened] == [cell.source for cell in published.cells[1:]]


def test_its_text_is_drawn(chapter: Page) -> None:
    _show(chapter, 0)
    chapter.locator(".jp-MarkdownCell blockquote").first.wait_for()
    chapter.wait_for_function("!document.querySelector('.jp-Notebook').innerText.includes('$')")
    figure = chapter.locator(".jp-MarkdownCell", has_text="Figure 2.1 shows all the places")
    figure.first.wait_for()
    text = "\n".join(chapter.locator(".jp-MarkdownCell").all_inner_texts())
    assert "In this chapter" in text
    assert "Figure 2.1 shows all the places" in text
    assert not re.search(r"\{\w+\}|:::|```|\*\*", text)


def test_every_cell_runs_without_an_error(chapter: Page) -> None:
    cells = [cell for cell in chapter.evaluate("lab.cells()") if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] for cell in cells)
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert not [output for output in outputs if output["output_type"] == "error"]
    assert not [output for output in outputs if output.get("name") == "stderr"]
    assert any("<svg" in "".join(output.get("data", {}).get("text/html", "")) for output in outputs)


def test_the_figure_is_live(chapter: Page, clone: Path) -> None:
    """What the reader sets, Python reads; what Python sets, the reader sees."""
    cells = chapter.evaluate("lab.cells()")
    place = next(i for i, cell in enumerate(cells) if "ConvolutionExplorer(" in cell["source"])
    name = f"Out[{cells[place]['execution_count']}]"
    _show(chapter, place)
    stride = chapter.locator(".cnnbook-live").get_by_label("Stride S", exact=True)
    assert stride.input_value() == "3"
    stride.fill("2")
    with kernel(_environment(clone)) as python:
        python.wait_for(f"{name}.stride", [2, 2])
        python.run(f"{name}.stride = 1")
    chapter.wait_for_function("field => field.value === '1'", arg=stride.element_handle())


def _show(page: Page, place: int) -> None:
    """Bring a cell into sight; JupyterLab's own promise of that is sometimes never kept."""
    page.wait_for_function("place => lab.show(place)", arg=place, polling=200)


def _environment(clone: Path) -> dict[str, str]:
    """What a shell of the new environment has, with settings of its own for Jupyter."""
    env = clone.parent / "env"
    own = own_environment(clone.parent, env / "bin")
    kept = {name: value for name, value in own.items() if not name.startswith("PYTHON")}
    return {**kept, "VIRTUAL_ENV": str(env)}


def _is_reachable(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10):
            return True
    except OSError:
        return False
