"""Warn about every picture without alternative text; a strict build makes that an error."""

from __future__ import annotations

from html.parser import HTMLParser

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)


def setup(app: Sphinx) -> None:
    """Check the pictures of every page, those of executed cells included."""
    app.connect("doctree-resolved", _check)


def _check(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for image in doctree.findall(nodes.image):
        if not image.get("alt", "").strip():
            logger.warning("picture %s has no alternative text", image["uri"], location=image)
    for raw in doctree.findall(nodes.raw):
        if "html" in raw.get("format", "").split():
            for tag in unnamed_pictures(raw.astext()):
                logger.warning("<%s> in an output has no alternative text", tag, location=raw)


def unnamed_pictures(html: str) -> list[str]:
    """Return the tags of the pictures in some HTML that have no name and are not decoration.

    >>> unnamed_pictures('<img src="a.png"> <img src="b.png" alt="A cat"> <svg role="img"></svg>')
    ['img', 'svg']
    """
    finder = _PictureFinder()
    finder.feed(html)
    return finder.unnamed


class _PictureFinder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.unnamed: list[str] = []
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        named = any((given.get(key) or "").strip() for key in ("alt", "aria-label"))
        shown = given.get("aria-hidden") != "true" and given.get("role") != "presentation"
        outermost = tag in {"img", "canvas"} or (tag == "svg" and self.depth == 0)
        if outermost and shown and not named:
            self.unnamed.append(tag)
        if tag == "svg":
            self.depth += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "svg":
            self.depth -= 1
