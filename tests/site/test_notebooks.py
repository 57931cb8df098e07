"""Each chapter's notebook: whole, plain Markdown, and able to run outside the repository."""

from __future__ import annotations

import json
import re
import sys
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from tests.book import (
    ROOT,
    SITE,
    assert_none,
    code_to_run,
    config,
    repository_url,
    site_address,
    soup,
    toc_pages,
)
from tests.run import run

from cnnbook.exercises import check

CHAPTERS = [
    page for page in toc_pages() if "```{code-cell}" in (ROOT / f"{page}.md").read_text("utf-8")
]
TO_WRITE = [
    (page, code)
    for page in CHAPTERS
    for code in code_to_run(page)
    if re.search(r"^def \w+\([^)]*\):\n    \.\.\.$.*^check\(", code, re.M | re.S)
]
# Those that ask most of the package: its explorers, its data, its photo.
OUTSIDE = ["book/stride", "book/pretrained-filters"]
# What Colab has loaded before a notebook's first cell, and what no cell can make newer.
# Its ipywidgets, 7.7, is left out: pip looks for the old server that it needs for many minutes.
COLAB = {"ipykernel": "6.17.1", "ipython": "7.34.0", "traitlets": "5.7.1"}
# What MyST has and plain Markdown lacks, looked for outside code and formulas.
RAW = re.compile(r"<[a-z]+ |\{[\w:.-]+\}|^\W*:::|^\([\w-]+\)=|\]\(\)|\{(?:ref|numref|cite)", re.M)
NOT_PROSE = re.compile(r"```.*?```|`+[^`]+`+|\$\$.*?\$\$|(?<!\\)\$[^$]+\$", re.S)
# What the page shows in another form than the notebook, or not as text.
ELSEWHERE = ["math", "headerlink", "section-number", "cnnbook-figure", "page-only"]
# Words that are true of a page alone.
PAGE_ONLY = ("Copy link", "at its top", "The pages load", "It prints")
LINK = re.compile(r"(?<!\\)\]\(([^)\s]*)\)")
INSTALL = re.compile(
    r'^%pip install --quiet "cnnbook\[chapters\] @ (https://\S+)/(cnnbook-\S+\.whl)"$'
)


@pytest.fixture(params=CHAPTERS)
def page(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def notebook(site: Path, page: str) -> nbformat.NotebookNode:
    found = nbformat.read(site / f"{page}.ipynb", as_version=4)
    nbformat.validate(found)
    return found


def test_every_lecture_chapter_has_one() -> None:
    assert len([page for page in CHAPTERS if page not in {"book/index", "book/cheat-sheet"}]) >= 9


def test_it_begins_by_installing_the_published_wheel(
    notebook: nbformat.NotebookNode, site: Path
) -> None:
    install = INSTALL.match(notebook.cells[0].source)
    assert install
    assert (site / install[2]).is_file()
    assert f"{install[1]}/" == site_address()


def test_it_holds_the_chapters_code_and_no_outputs(
    notebook: nbformat.NotebookNode, page: str
) -> None:
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.source for cell in cells[1:]] == code_to_run(page)
    assert not any(cell.outputs for cell in cells)


@pytest.mark.parametrize(("page", "code"), TO_WRITE)
def test_a_function_to_write_is_a_cell_between_its_exercise_and_the_solution(
    site: Path, page: str, code: str
) -> None:
    cells = nbformat.read(site / f"{page}.ipynb", as_version=4).cells
    (place,) = (place for place, cell in enumerate(cells) if cell.source == code)
    assert cells[place].cell_type == "code"
    before, after = (
        [cell.source for cell in part if re.match("#+ ", cell.source)]
        for part in (cells[:place], cells[place:])
    )
    exercise = re.match(r"#+ (Exercise [\w.]+): ", before[-1])
    assert exercise, before[-1]
    assert after[0].endswith(f" Solution to {exercise[1]}")


@pytest.mark.parametrize(("page", "code"), TO_WRITE)
def test_who_runs_it_before_writing_is_told_that_the_result_is_missing(
    page: str, code: str
) -> None:
    definition, _, call = code.rpartition("\n")
    space = {"check": check}
    exec(definition, space)  # noqa: S102
    result = eval(call, space)  # noqa: S307
    assert not result.passed
    assert result.message == "Your function returned None. Is a return missing?"


def test_its_text_holds_nothing_of_myst(notebook: nbformat.NotebookNode) -> None:
    assert_none(
        [found for text in texts(notebook) for found in RAW.findall(NOT_PROSE.sub("", text))]
    )


def test_its_text_is_the_pages_text(notebook: nbformat.NotebookNode, page: str) -> None:
    """The letters of the page's headings, paragraphs and items, in order."""
    whole = _letters(re.sub(r"\]\([^)\s]*\)", "", "\n".join(map(_no_math, texts(notebook)))))
    article = soup(SITE / f"{page}.html").select_one("article.bd-article")
    assert article
    place, missing = 0, []
    for part in article.select("h1, h2, h3, p:not(.cnnbook-progress), li, td, figcaption"):
        outside = part.find_parent(class_=["cell_output", "toctree-wrapper"]) is None
        if part.find(["p", "li"]) or not (outside or part.name == "figcaption"):
            continue
        text = _letters(
            "".join(
                string
                for string in part.find_all(string=True)
                if string.find_parent(class_=ELSEWHERE) is None
            )
        )
        found = whole.find(text, place)
        if found < 0:
            missing.append(part.get_text()[:100])
        else:
            place = found
    assert_none(missing)


def test_it_does_not_speak_of_the_page(notebook: nbformat.NotebookNode) -> None:
    whole = "\n".join(texts(notebook))
    assert_none([words for words in PAGE_ONLY if words in whole])


def test_it_says_when_its_figures_appear(notebook: nbformat.NotebookNode) -> None:
    assert "Its figures appear when its cells run" in texts(notebook)[0]


def test_its_headings_skip_no_level(notebook: nbformat.NotebookNode) -> None:
    marks = re.findall(r"^(#+) (.*)", NOT_PROSE.sub("", "\n\n".join(texts(notebook))), re.M)
    assert_none(
        [
            f"{after[1]!r} stands under {before[1]!r}"
            for before, after in pairwise(marks)
            if len(after[0]) > len(before[0]) + 1
        ]
    )


def test_its_solutions_are_folded_in_jupyterlab_and_in_colab(
    notebook: nbformat.NotebookNode, page: str
) -> None:
    solutions = [cell for cell in notebook.cells if re.match(r"#+ Solution", cell.source)]
    assert len(solutions) == len(soup(SITE / f"{page}.html").select("details.solution"))
    assert all(cell.metadata["jp-MarkdownHeadingCollapsed"] for cell in solutions)
    # Colab knows a cell by this metadata, not by nbformat's own id.
    folded = [cell.metadata["id"] for cell in solutions]
    assert notebook.metadata["colab"]["collapsed_sections"] == folded


def test_its_links_lead_to_published_pages(notebook: nbformat.NotebookNode, site: Path) -> None:
    base = INSTALL.match(notebook.cells[0].source)[1]  # type: ignore[index]
    problems = []
    for link in [link for text in texts(notebook) for link in LINK.findall(text)]:
        if not link.startswith("https://"):
            problems.append(f"{link} needs the repository")
        elif link.startswith(f"{base}/"):
            path, _, anchor = link.removeprefix(f"{base}/").partition("#")
            target = site / (path or "index.html")
            if not target.is_file() or (anchor and soup(target).find(id=anchor) is None):
                problems.append(f"{link} leads nowhere")
    assert_none(problems)


def test_its_page_offers_it(page: str) -> None:
    menu = soup(SITE / f"{page}.html").select_one("#launch")
    assert menu
    binder, colab, download = (str(link["href"]) for link in menu.select("a"))
    owner_and_name = repository_url().removeprefix("https://github.com/")
    branch = config()["repository"]["branch"]
    place = f"{owner_and_name}/{branch}?urlpath=lab/tree/{page}.md"
    assert binder == f"https://mybinder.org/v2/gh/{place}"
    assert colab == (
        f"https://colab.research.google.com/github/{owner_and_name}/blob/gh-pages/{page}.ipynb"
    )
    assert (SITE / page).parent.joinpath(download).is_file()


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_it_runs_outside_the_repository(
    site: Path, origin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an empty folder, and in an environment with Jupyter's kernel alone, as old as Colab's."""
    run(sys.executable, "-m", "venv", tmp_path / "env")
    python = str(tmp_path / "env" / "bin" / "python")
    constraints = str(tmp_path / "constraints.txt")
    pins = (ROOT / "constraints.txt").read_text("utf-8")
    for name, version in COLAB.items():
        pins = re.sub(rf"^{name}==.*$", f"{name}=={version}", pins, flags=re.M)
    Path(constraints).write_text(pins, "utf-8")
    # For pip, 0 turns compiling off: it takes a third of the time, and most modules stay unused.
    monkeypatch.setenv("PIP_NO_COMPILE", "0")
    run(python, "-m", "pip", "install", "-qc", constraints, "ipykernel", seconds=500)
    kernel = tmp_path / "jupyter" / "kernels" / "fresh"
    kernel.mkdir(parents=True)
    spec = {
        "argv": [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "fresh",
        "language": "python",
        "env": {"PYTHONPATH": "", "PIP_CONSTRAINT": constraints},
    }
    (kernel / "kernel.json").write_text(json.dumps(spec), "utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    empty = tmp_path / "empty"
    empty.mkdir()
    for page in OUTSIDE:
        notebook = nbformat.read(site / f"{page}.ipynb", as_version=4)
        install = INSTALL.match(notebook.cells[0].source)
        assert install
        notebook.cells[0].source = install[0].replace(install[1], origin)
        options = {"timeout": 300, "kernel_name": "fresh"}
        options["resources"] = {"metadata": {"path": str(empty)}}
        NotebookClient(notebook, **options).execute()
        drawn = [
            output
            for cell in notebook.cells
            if cell.cell_type == "code"
            for output in cell.outputs
            if "<svg" in str(output.get("data", {}).get("text/html", ""))
        ]
        pictures = soup(site / f"{page}.html").select(".cell_output svg.cnnbook-picture")
        assert len(drawn) >= min(1, len(pictures)), page


def texts(notebook: nbformat.NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def _no_math(text: str) -> str:
    return re.sub(r"\$\$.*?\$\$|(?<!\\)\$[^$]+\$", "", text, flags=re.S)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))
