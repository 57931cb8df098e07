"""A page with figures, without the book: the host, the styles and the policy are the site's."""

from __future__ import annotations

import shutil
from html import escape
from pathlib import Path

from cnnbook.figures.palette import stylesheet
from cnnbook.widgets.base import Widget
from cnnbook_site.assets import STYLE
from cnnbook_site.widgets import POLICY, styles, write_files

#: Put into each page: uses controls by their labels, and reads tables by their captions.
DRIVER = Path(__file__).with_name("driver.js").read_text("utf-8")
#: Put into a page before it opens: a browser that forbids storage.
NO_STORAGE = """Object.defineProperty(window, "localStorage", {
  configurable: true, get() { throw new DOMException("forbidden", "SecurityError"); },
});"""


def build_page(folder: Path, *figures: Widget, name: str = "index") -> Path:
    """Write a page that shows the figures, with text before, between and behind them."""
    static = folder / "_static"
    if not static.exists():
        write_files(static)
        for path in STYLE.iterdir():
            shutil.copy(path, static)
        (static / "palette.css").write_text(stylesheet(), "utf-8")
    text = "<p>Text around a figure, which must not move.</p>"
    body = text + text.join(figure.html() for figure in figures) + text
    sheets = ["palette.css", "book.css", "icons.css", *styles({each.module for each in figures})]
    links = "".join(f'<link rel="stylesheet" href="_static/{sheet}">' for sheet in sheets)
    page = folder / f"{name}.html"
    page.write_text(
        f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="_static/icon.svg">
<title>Figures</title>
<script src="_static/mode.js"></script>
{links}
<style>body {{ margin: 0 auto; padding: 1rem; max-width: 45rem }}</style>
<script defer src="_static/host.js"></script>
</head>
<body><main class="bd-article"><h1>Figures</h1>{body}</main></body>
</html>
""",
        "utf-8",
    )
    return page
