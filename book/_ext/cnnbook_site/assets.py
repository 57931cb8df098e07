"""The book's styles, icons and colours, and only the scripts that its pages use.

The stock theme loads a font of icons (1.5 MB of script for a dozen of them), the buttons of
extensions that the book does not use, and inline scripts. Here the icons are drawn in CSS, the
colours come from ``cnnbook.figures.palette``, and what a page does not use is left out.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from cnnbook.figures.palette import stylesheet

STYLE = Path(__file__).parents[2] / "_style"

_UNUSED = (
    "design-tabs",
    "exercise.css",
    "sphinx-design",
    "sphinx-thebe",
    "togglebutton",
    "scripts/sphinx-book-theme",
)


def setup(app: Sphinx) -> None:
    """Add the book's files to every page and take the unused ones away."""
    # A change of the extension or of the styles must reach pages whose text did not change.
    app.add_config_value("cnnbook_site_digest", _digest(), "env")
    app.connect("config-inited", _add_styles)
    app.connect("builder-inited", _drop_code_pages)
    app.connect("doctree-resolved", _drop_scripts, priority=900)
    app.connect("html-page-context", _slim, priority=900)
    app.connect("build-finished", _write_palette)


def _digest() -> str:
    ours = [*STYLE.iterdir(), *Path(__file__).parent.iterdir()]
    files = sorted(path for path in ours if path.is_file())
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def _add_styles(app: Sphinx, config: Config) -> None:
    config.html_static_path.append(str(STYLE))
    app.add_css_file("palette.css", priority=850)
    for path in sorted(STYLE.glob("*.css")):
        app.add_css_file(path.name, priority=900)
    for script in ("menu.js", "scrollers.js"):
        app.add_js_file(script, loading_method="defer")


def _drop_code_pages(app: Sphinx) -> None:
    """Have the modules' sources written again: Sphinx asks only whether a module is newer."""
    shutil.rmtree(Path(app.outdir) / "_modules", ignore_errors=True)


def _write_palette(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        (Path(app.outdir) / "_static" / "palette.css").write_text(stylesheet(), "utf-8")


def _drop_scripts(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Take out the inline scripts that sphinx-thebe writes into every page with cells."""
    for raw in list(doctree.findall(nodes.raw)):
        if raw.astext().lstrip().startswith("<script"):
            raw.parent.remove(raw)


def _slim(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Leave out inline scripts, and files of extensions that no page of this book uses."""
    if "body" in context:
        # An entry of a list is a list item; ARIA has taken back the role that Sphinx gives it.
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')
    if page == "_modules/index":
        # Sphinx puts a package's list beside the item that it belongs to.
        body = context["body"].replace("</li>\n<ul>", "\n<ul>")
        context["body"] = body.replace("</ul><li>", "</ul></li>\n<li>")
    for key in ("script_files", "css_files"):
        context[key] = [
            asset
            for asset in context.get(key, [])
            if (name := str(getattr(asset, "filename", asset) or ""))
            and not any(unused in name for unused in _UNUSED)
        ]
