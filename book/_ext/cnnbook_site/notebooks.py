"""Offer each chapter as a notebook that runs anywhere, and the buttons that open it.

The notebook lies beside the page: ``book/stride.ipynb`` beside ``book/stride.html``. Its first cell
installs the package's wheel, which is published with the site; its text is plain Markdown, whose
links lead to the published pages. It holds no outputs: its cells draw them.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, cast
from urllib.parse import urljoin

import nbformat
from docutils import nodes
from hatchling.builders.wheel import WheelBuilder
from nbformat import NotebookNode, v4
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx_exercise.nodes import is_extension_node, solution_node

from . import addresses
from .execution import read_notebook
from .markdown import MarkdownWriter, UnknownNodeError

logger = logging.getLogger(__name__)

ROOT = Path(__file__).parents[3]
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def setup(app: Sphinx) -> None:
    """Write the wheel and the notebooks, and tell the pages where they are."""
    app.connect("builder-inited", _write_wheel)
    app.connect("doctree-resolved", _write_notebook, priority=950)
    app.connect("html-page-context", _offer)


def wheel_name() -> str:
    """Return the name of the wheel's file."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return f"{project['name']}-{project['version']}-py3-none-any.whl"


def install_line(site: str) -> str:
    """Return the line that installs the package, with what the chapters use, from the site."""
    return f'%pip install --quiet "cnnbook[chapters] @ {urljoin(site, wheel_name())}"'


def _write_wheel(app: Sphinx) -> None:
    if app.builder.format == "html":
        for wheel in WheelBuilder(str(ROOT)).build(directory=str(app.outdir)):
            assert Path(wheel).name == wheel_name()


def _write_notebook(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    if app.builder.format != "html" or not _has_cells(doctree):
        return
    try:
        notebook = _convert(app, doctree, docname)
    except UnknownNodeError as error:
        logger.warning("the notebook cannot be written: %s", error, location=docname)
        return
    nbformat.validate(notebook)
    path = Path(app.outdir) / f"{docname}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


def _convert(app: Sphinx, doctree: nodes.document, docname: str) -> NotebookNode:
    site = app.config.html_baseurl
    page = urljoin(site, app.builder.get_target_uri(docname))
    source = read_notebook(app.env, Path(app.env.doc2path(docname)))
    assert source is not None
    parts = _Parts(MarkdownWriter(page, app.env, docname, site), source.cells)
    parts.add(doctree, depth=1)
    title = next(cell for cell in parts.cells if cell.cell_type == "markdown")
    heading, _, rest = title.source.partition("\n")
    origin = (
        f"*From [{app.config.html_title}]({site}) by {app.config.author}, [CC BY 4.0]"
        f"(https://creativecommons.org/licenses/by/4.0/). [Read this chapter online]({page}). "
        "Its figures appear when its cells run: choose Run all first.*"
    )
    title.source = f"{heading}\n\n{origin}\n{rest}".rstrip()
    cells = [v4.new_code_cell(install_line(site)), *parts.cells]
    stem = docname.rpartition("/")[2]
    for place, cell in enumerate(cells):
        cell.id = f"{stem}-{place}"[-64:]
    return v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL, "colab": _folded(cells)})


def _folded(cells: list[NotebookNode]) -> dict[str, list[str]]:
    """Return Colab's list of the headings that JupyterLab is told to fold, and mark these."""
    headings = [cell for cell in cells if "jp-MarkdownHeadingCollapsed" in cell.metadata]
    for heading in headings:
        heading.metadata["id"] = heading.id
    return {"collapsed_sections": [heading.id for heading in headings]}


class _Parts:
    """Cuts a page into cells: text up to a code cell, the code cell, and so on."""

    def __init__(self, writer: MarkdownWriter, source: list[NotebookNode]) -> None:
        self.writer, self.source = writer, source
        self.cells: list[NotebookNode] = []
        self.ended = True

    def add(self, node: nodes.Element, depth: int) -> None:
        for child in node.children:
            if isinstance(child, nodes.section):
                self.ended = True
                self.add(child, depth + 1)
            elif is_extension_node(child):
                self._add_exercise(cast("nodes.Element", child), depth)
            elif _is_cell(child):
                self._add_code(cast("nodes.Element", child))
            elif is_extension_node(node) and _is_to_fill_in(child):
                self._add_cell(child.astext().rstrip())
            else:
                self._add_text(self.writer.block(child, depth))

    def _add_exercise(self, box: nodes.Element, depth: int) -> None:
        """Add an exercise, or its solution, under a heading: its cells must stay cells."""
        title, *_ = box.children
        solution = isinstance(box, solution_node)
        text = box["title"]
        if not solution:
            number = self.writer.number("exercise", box)
            text = f"Exercise {number}: {self.writer.inline(cast('nodes.Element', title))}"
        heading = v4.new_markdown_cell(f"{'#' * depth} {text}")
        if solution:
            # Folded in JupyterLab, until the reader wants to see it.
            heading.metadata = {"jp-MarkdownHeadingCollapsed": True}
        self.cells.append(heading)
        self.ended = solution
        del box[0]
        self.add(box, depth)
        box.insert(0, title)
        self.ended = True

    def _add_text(self, text: str) -> None:
        if not text:
            return
        if self.ended:
            self.cells.append(v4.new_markdown_cell(text))
        else:
            self.cells[-1].source += f"\n\n{text}"
        self.ended = False

    def _add_code(self, cell: nodes.Element) -> None:
        code = self._add_cell(self.source[cell["cell_index"]].source)
        if "tag_remove-input" in cell["classes"]:
            # Folded in JupyterLab and in Colab, as the page shows only what it draws.
            code.metadata = {"jupyter": {"source_hidden": True}, "cellView": "form"}
        for caption in cell.findall(nodes.caption):
            self._add_text(self.writer.caption(caption))

    def _add_cell(self, source: str) -> NotebookNode:
        code = v4.new_code_cell(source)
        self.cells.append(code)
        self.ended = True
        return code


def _is_cell(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


def _is_to_fill_in(node: nodes.Node) -> bool:
    """Tell whether this is the beginning of a function, with the call that checks it.

    On the page it is shown only: run there, it would say that the answer is missing.
    """
    return isinstance(node, nodes.literal_block) and "check(" in node.astext()


def _has_cells(doctree: nodes.document) -> bool:
    return any(_is_cell(node) for node in doctree.findall(nodes.container))


def _offer(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if doctree is None or not _has_cells(doctree):
        return
    context["notebook"] = {
        "file": f"{page.rpartition('/')[2]}.ipynb",
        "binder": addresses.binder(app.config, app.env.doc2path(page, base=False)),
        "colab": addresses.colab(app.config, f"{page}.ipynb"),
    }
