"""A Sphinx extension that runs no cell: for a build of which only the text is wanted."""

from __future__ import annotations

from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from myst_nb.sphinx_ import SphinxEnvType
from nbformat import v4
from sphinx.application import Sphinx

from cnnbook_site.execution import read_notebook


def setup(app: Sphinx) -> None:
    """Fill the cache before the site's own extension looks what is in it."""
    app.connect("env-before-read-docs", _fill_cache, priority=100)


def _fill_cache(app: Sphinx, env: SphinxEnvType, docnames: list[str]) -> None:
    cache = get_cache(app.config.nb_execution_cache_path)
    for path in (Path(env.doc2path(name)) for name in docnames):
        notebook = read_notebook(env, path)
        if notebook is None:
            continue
        for cell in notebook.cells:
            if cell.cell_type == "code":
                # A figure exists, for MyST-NB, where a cell has an output.
                cell.outputs = [v4.new_output("display_data", {"text/plain": "not run"})]
        cache.cache_notebook_bundle(
            CacheBundleIn(notebook, str(path)), check_validity=False, overwrite=True
        )
