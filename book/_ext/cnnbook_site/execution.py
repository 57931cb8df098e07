"""Run each chapter once, and again exactly when its result could change.

jupyter-cache finds a chapter's outputs by its cells alone: a change in ``cnnbook``, or in a
library, would leave old outputs standing. The cache therefore lives in a folder named after a
fingerprint of everything else that the cells run on. Stale chapters are executed side by side
before Sphinx reads them one after the other.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
from concurrent.futures import ProcessPoolExecutor
from importlib import metadata
from multiprocessing import get_context
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from jupyter_cache.executors.utils import single_nb_execution
from myst_nb.core.read import create_nb_reader
from myst_nb.sphinx_ import SphinxEnvType
from nbformat import NotebookNode
from packaging.requirements import Requirement
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

import cnnbook
from cnnbook.pretrained import CHECKPOINTS, available

logger = logging.getLogger(__name__)


def fingerprint() -> str:
    """Return a digest of all that the chapters run on.

    The package's files, the versions of what it and its ``book`` extra ask for, directly or not,
    and the trained networks whose weights are at hand.
    """
    digest = hashlib.sha256(f"{platform.python_version()} {platform.machine()}".encode())
    for name in sorted(_distributions("cnnbook[book]", "ipykernel")):
        digest.update(f"{name}=={metadata.version(name)};".encode())
    digest.update(" ".join(filter(available, CHECKPOINTS)).encode())
    source = Path(cnnbook.__file__).parent
    for path in sorted(source.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.relative_to(source).as_posix().encode() + b"\0")
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def setup(app: Sphinx) -> None:
    """Key the cache by the fingerprint, and fill it before the chapters are read."""
    app.add_config_value("cnnbook_fingerprint", "", "env")
    app.connect("config-inited", _key_the_cache, priority=100)
    app.connect("env-before-read-docs", _execute_stale)


def _distributions(*requirements: str) -> set[str]:
    """Names of the installed distributions that some need, they themselves included."""
    found: set[tuple[str, str]] = set()
    waiting = [Requirement(line) for line in requirements]
    while waiting:
        wanted = waiting.pop()
        for extra in {"", *wanted.extras}:
            if (wanted.name, extra) not in found:
                found.add((wanted.name, extra))
                lines = map(Requirement, metadata.requires(wanted.name) or [])
                waiting += [
                    line
                    for line in lines
                    if not line.marker or line.marker.evaluate({"extra": extra})
                ]
    return {name for name, _ in found}


def _key_the_cache(app: Sphinx, config: Config) -> None:
    """Give the cache a folder of this fingerprint; its change makes Sphinx re-read every page."""
    config.cnnbook_fingerprint = fingerprint()
    root = Path(app.outdir).parent / "execution"
    config.nb_execution_cache_path = str(root / config.cnnbook_fingerprint)
    for old in root.glob("*") if root.is_dir() else ():
        if old.name != config.cnnbook_fingerprint:
            shutil.rmtree(old)


def _execute_stale(app: Sphinx, env: SphinxEnvType, docnames: list[str]) -> None:
    if app.config.nb_execution_mode != "cache":
        return
    cache = get_cache(app.config.nb_execution_cache_path)
    notebooks = read_notebooks(env, docnames)
    stale = {path: nb for path, nb in notebooks.items() if not _is_cached(cache, nb)}
    if not stale:
        return
    workers = min(len(stale), os.cpu_count() or 1)
    logger.info("executing %d stale chapters, %d at a time", len(stale), workers)
    # Processes, because two event loops of Jupyter's client in one process disturb each other.
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_share_cores, initargs=(workers,)
    ) as pool:
        timeout = app.config.nb_execution_timeout
        running = {path: pool.submit(_execute, path, nb, timeout) for path, nb in stale.items()}
        for path, future in running.items():
            notebook, seconds = future.result()
            if notebook is None:
                continue  # MyST-NB runs it again and reports the error at its place in the chapter
            logger.info("executed %s in %.1f s", path.name, seconds)
            keep(cache, path, notebook, seconds)


def read_notebooks(env: SphinxEnvType, docnames: list[str]) -> dict[Path, NotebookNode]:
    """Return those of some pages that have cells, as notebooks, by their files."""
    pages = [Path(env.doc2path(name)) for name in docnames]
    return {path: nb for path in pages if (nb := read_notebook(env, path)) is not None}


def keep(cache: JupyterCacheAbstract, path: Path, notebook: NotebookNode, seconds: float) -> None:
    """Put a chapter's outputs into the cache, in the place of older ones."""
    bundle = CacheBundleIn(notebook, str(path), data={"execution_seconds": seconds})
    cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def read_notebook(env: SphinxEnvType, path: Path) -> NotebookNode | None:
    """Return a chapter as a notebook, as MyST-NB reads it; None for a page without cells."""
    text = path.read_text("utf-8")
    reader = create_nb_reader(str(path), env.myst_config, env.mystnb_config, text)
    if reader is None:
        return None
    notebook = reader.read(text)
    return notebook if any(cell.cell_type == "code" for cell in notebook.cells) else None


def _is_cached(cache: JupyterCacheAbstract, notebook: NotebookNode) -> bool:
    try:
        cache.match_cache_notebook(notebook)
    except KeyError:
        return False
    return True


def _share_cores(workers: int) -> None:
    """Give each kernel its part of the cores: libraries that take all of them slow each other."""
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))


def _execute(path: Path, notebook: NotebookNode, timeout: int) -> tuple[NotebookNode | None, float]:
    """Run a chapter's cells; return None in its place if one of them failed."""
    result = single_nb_execution(
        notebook, cwd=str(path.parent), timeout=timeout, allow_errors=False, meta_override=True
    )
    return (None if result.err else notebook), result.time
