"""A Sphinx extension that runs no cell: for a build of which only the text is wanted."""

from __future__ import annotations

from jupyter_cache import get_cache
from myst_nb.sphinx_ import SphinxEnvType
from nbformat import v4
from sphinx.application import Sphinx

from cnnbook_site.execution import keep, read_notebooks


def setup(app: Sphinx) -> None:
    """Fill the cache before the site's own extension looks what is in it."""
    app.connect("env-before-read-docs", _fill_cache, priority=100)


def _fill_cache(app: Sphinx, env: SphinxEnvType, docnames: list[str]) -> None:
    cache = get_cache(app.config.nb_execution_cache_path)
    for path, notebook in read_notebooks(env, docnames).items():
        for cell in notebook.cells:
            if cell.cell_type == "code":
                # A figure exists, for MyST-NB, where a cell has an output.
                cell.outputs = [v4.new_output("display_data", {"text/plain": "not run"})]
        keep(cache, path, notebook, seconds=0)
