"""The book's own Sphinx extension: what the stock theme and notebooks lack for this site.

One concern a module, each with its own ``setup``:

``typesetting``
    mathematics as SVG and MathML at build time.
``execution``
    the execution cache's key, and running stale chapters side by side.
``pictures``
    no figure without alternative text.
``failures``
    no error in an output, and no success after a failure with nothing mended.
``widgets``
    the interactive figures without a kernel, and the pages' Content-Security-Policy.
``settings``
    links that set an interactive figure.
``exercises``
    numbered exercises, and solutions that fold without a script.
``addresses``
    every outside address, derived from the repository's.
``notebooks``
    a chapter as a notebook that runs anywhere, and the buttons that open it (text: ``markdown``).
``sharing``
    descriptions, a preview, a map of the site, and a page for lost readers.
``search``
    sizes such as 3×3 as words that can be searched for.
``progress``
    how many questions there are, and how many of them a reader has solved.
``assets``
    the book's styles and icons in place of the theme's heavy ones, and no unused script.
"""

from __future__ import annotations

from sphinx.application import Sphinx

from . import (
    addresses,
    assets,
    execution,
    exercises,
    failures,
    notebooks,
    pictures,
    progress,
    search,
    settings,
    sharing,
    typesetting,
    widgets,
)


def setup(app: Sphinx) -> dict[str, object]:
    """Register every part of the extension."""
    parts = (
        addresses,
        typesetting,
        execution,
        pictures,
        failures,
        widgets,
        settings,
        exercises,
        progress,
        notebooks,
        sharing,
        search,
        assets,
    )
    for part in parts:
        part.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
