"""How many of the book's questions a reader has solved: counted here, ticked off in the browser.

The directive ``progress`` shows how many questions the built pages hold. ``progress.js`` puts the
reader's own number in front of that, from what ``predict.mjs`` left in the browser's storage.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

SCRIPT = Path(__file__).with_name("progress.js")


class _Progress(nodes.General, nodes.Element):
    """Stands where the number of questions will be known."""


class _Directive(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        _pages(self.env)["progress"].add(self.env.docname)
        return [_Progress()]


def setup(app: Sphinx) -> None:
    """Count each page's questions when it is read, and show the sum where it is asked for."""
    app.add_node(_Progress)
    app.add_directive("progress", _Directive)
    app.connect("doctree-read", _count)
    app.connect("env-purge-doc", _forget)
    app.connect("env-merge-info", _merge)
    app.connect("env-updated", lambda app, env: sorted(_pages(env)["progress"]))
    app.connect("doctree-resolved", _show)
    app.connect("html-page-context", _equip)
    app.connect("builder-inited", _write)


def markup(totals: Mapping[str, int]) -> str:
    """Return what a page shows: the sum, with each page's number of questions for the script.

    >>> markup({"book/stride": 1})
    '<p class="cnnbook-progress" data-totals="{&quot;book/stride&quot;:1}">\
The chapters hold 1 question that the page checks.</p>'
    """
    data = escape(json.dumps(dict(totals), separators=(",", ":")), quote=True)
    total = sum(totals.values())
    if not total:
        return ""
    questions = f"{total} question" if total == 1 else f"{total} questions"
    sentence = f"The chapters hold {questions} that the page checks."
    return f'<p class="cnnbook-progress" data-totals="{data}">{sentence}</p>'


def _pages(env: BuildEnvironment) -> dict[str, Any]:
    """Return what is remembered: questions by page, and the pages that show progress."""
    found: dict[str, Any] = env.__dict__.setdefault(
        "cnnbook_questions", {"questions": {}, "progress": set()}
    )
    return found


def _count(app: Sphinx, doctree: nodes.document) -> None:
    number = sum(raw.astext().count('data-widget="predict"') for raw in doctree.findall(nodes.raw))
    if number:
        _pages(app.env)["questions"][app.env.docname] = number


def _forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    _pages(env)["questions"].pop(docname, None)
    _pages(env)["progress"].discard(docname)


def _merge(
    app: Sphinx, env: BuildEnvironment, docnames: Iterable[str], other: BuildEnvironment
) -> None:
    for docname in docnames:
        if number := _pages(other)["questions"].get(docname):
            _pages(env)["questions"][docname] = number
    _pages(env)["progress"] |= _pages(other)["progress"]


def _show(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    totals = dict(sorted(_pages(app.env)["questions"].items()))
    for node in list(doctree.findall(_Progress)):
        # Only the page can show it: a notebook has none of the reader's progress.
        node.replace_self(nodes.raw("", markup(totals), format="html", classes=["page-only"]))


def _equip(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if page in _pages(app.env)["progress"]:
        app.add_js_file("progress.js", loading_method="defer")


def _write(app: Sphinx) -> None:
    if app.builder.format == "html":
        static = Path(app.outdir) / "_static"
        static.mkdir(parents=True, exist_ok=True)
        shutil.copy(SCRIPT, static)
