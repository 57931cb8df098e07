"""Let nothing that went wrong pass: neither an error that an output shows, nor a second build.

An exception in an object's HTML becomes a traceback in the page, which neither Jupyter nor MyST-NB
takes for a failed cell. And Sphinx keeps what it has read, warnings or not: a build that a warning
has failed would do nothing the next time, and succeed.
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.application import ENV_PICKLE_FILENAME, Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)


def setup(app: Sphinx) -> None:
    """Report tracebacks, and forget what was read with a warning."""
    app.connect("doctree-resolved", _report_tracebacks)
    app.connect("build-finished", _forget)


def _report_tracebacks(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for block in doctree.findall(nodes.literal_block):
        if "traceback" in block["classes"]:
            error = block.astext().rstrip().rpartition("\n")[2]
            logger.warning("an output shows an error: %s", error, location=block)


def _forget(app: Sphinx, error: Exception | None) -> None:
    if app._warncount:
        Path(app.doctreedir, ENV_PICKLE_FILENAME).unlink(missing_ok=True)
