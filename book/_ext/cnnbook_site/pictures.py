"""Warn about every picture without alternative text; a strict build makes that an error."""

from __future__ import annotations

from pathlib import PurePosixPath

from bs4 import BeautifulSoup, Tag
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)


def setup(app: Sphinx) -> None:
    """Check the pictures of every page, those of executed cells included."""
    app.connect("doctree-resolved", _check)


def _check(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for image in doctree.findall(nodes.image):
        if not _says_something(image.get("alt", ""), image["uri"]):
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
    return [
        tag.name
        for tag in BeautifulSoup(html, "html.parser").find_all(_is_picture)
        if not tag.find_parent("svg") and not _is_decoration(tag) and not _is_named(tag)
    ]


def _is_picture(tag: Tag) -> bool:
    return (
        tag.name in {"img", "svg", "canvas", "object", "embed", "iframe"}
        or tag.get("role") == "img"
        or (tag.name == "input" and tag.get("type") == "image")
    )


def _is_decoration(tag: Tag) -> bool:
    hidden = tag.get("aria-hidden") == "true" or tag.find_parent(attrs={"aria-hidden": "true"})
    return bool(hidden) or tag.get("role") == "presentation"


def _is_named(tag: Tag) -> bool:
    title = tag.find("title", recursive=False) if tag.name == "svg" else None
    names = [tag.get(key) for key in ("alt", "aria-label", "aria-labelledby", "title")]
    source = str(tag.get("src") or tag.get("data") or "")
    return any(_says_something(str(name or ""), source) for name in names) or bool(
        title and title.get_text(strip=True)
    )


def _says_something(name: str, source: str) -> bool:
    """Whether a name is one: a picture's file is not what it shows."""
    return name.strip() not in {"", source, PurePosixPath(source).name}
