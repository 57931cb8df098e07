"""Put the interactive figures into the pages that show them, and hold every page to its own origin.

A page that shows a figure (see ``cnnbook.widgets.base``) gets the host, what all figures share of
their styles, and the styles of those that it shows; the host loads the modules. MyST-NB's own way,
a manager from another site, is not used.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from cnnbook.widgets.base import STATIC, modules, source

HOST = Path(__file__).with_name("host.js")

#: The style sheet of all figures; each figure's own is named after its module.
_SHARED = "widgets.css"

_FIGURE = re.compile(r'class="cnnbook-figure" data-widget="([\w-]+)"')

#: What a page may load: its own files. Modules and readers' pictures are ``blob:``, pictures in the
#: page ``data:``. ``file:`` is the page's own origin when it is opened from disk. Colours and sizes
#: in style attributes are the only thing inline.
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self' file: blob:",
        "style-src 'self' file: 'unsafe-inline'",
        "img-src 'self' file: data: blob:",
        "font-src 'self' file:",
        "media-src 'self' file: blob:",
        "connect-src 'self' file:",
        "form-action 'self' file:",
        "base-uri 'none'",
    ]
)


def setup(app: Sphinx) -> None:
    """Write the files, and add them to the pages with a figure."""
    app.connect("config-inited", _prefer_html)
    app.connect("builder-inited", _write)
    app.connect("html-page-context", _equip, priority=400)


def write_files(folder: Path) -> None:
    """Write the host, the figures' styles and their modules into a folder of static files."""
    (folder / "widgets").mkdir(parents=True, exist_ok=True)
    host = HOST.read_text("utf-8").replace('"VERSION"', f'"{version()}"')
    (folder / "host.js").write_text(host, "utf-8")
    for path in STATIC.glob("*.css"):
        shutil.copy(path, folder if path.name == _SHARED else folder / "widgets")
    for module in modules():
        (folder / "widgets" / f"{module}.js").write_text(as_script(module), "utf-8")


def styles(figures: set[str]) -> list[str]:
    """Return the style sheets of a page that shows some figures, in the order in which they apply.

    >>> styles({"kernel-lab"})
    ['widgets.css', 'widgets/kernel-lab.css']
    >>> styles(set())
    []
    """
    return [_SHARED, *(f"widgets/{name}.css" for name in sorted(figures))] if figures else []


def as_script(module: str) -> str:
    """Return a classic script that hands a module's source over: it loads from disk as well."""
    text = json.dumps(source(module), ensure_ascii=False)
    return f"cnnbook.define({json.dumps(module)}, {text});\n"


def version() -> str:
    """Return a digest of everything that the host may load."""
    everything = "".join(map(source, modules()))
    return hashlib.sha256(everything.encode()).hexdigest()[:12]


def _prefer_html(app: Sphinx, config: Any) -> None:
    """Take a figure's HTML where MyST-NB would take Jupyter's view, which needs a kernel."""
    config.nb_mime_priority_overrides = [
        *config.nb_mime_priority_overrides,
        ("html", "application/vnd.jupyter.widget-view+json", None),
    ]


def _equip(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    context["content_security_policy"] = POLICY
    found = doctree.findall(nodes.raw) if doctree is not None else ()
    figures = {name for raw in found for name in _FIGURE.findall(raw.astext())}
    if figures:
        app.add_js_file("host.js", defer="defer", priority=950)
    for priority, path in enumerate(styles(figures), 910):
        app.add_css_file(path, priority=priority)


def _write(app: Sphinx) -> None:
    """Write the files before the pages, which carry their digests."""
    if app.builder.format == "html":
        write_files(Path(app.outdir) / "_static")
